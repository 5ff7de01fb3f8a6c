"""The autograder container on Gradescope: building its zip, and what runs inside."""
