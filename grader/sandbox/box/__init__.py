"""Code that runs inside the sandbox, beside student code. Imports nothing of ours from outside this folder."""
