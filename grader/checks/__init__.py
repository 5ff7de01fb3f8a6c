"""The kinds of check, one file each; `grader.checks.registry` finds them by their file's name."""
