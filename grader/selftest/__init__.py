"""The self-test of a rubric: the reference and correct variants of it earn all, the blank handout and every mutant do not."""
