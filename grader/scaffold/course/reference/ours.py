"""The course's own reference implementations; a rubric calls them `ours.<function>`."""

import numpy as np


def standardize(X):
    """
    Columns with mean 0 and standard deviation 1.

    Z = (X - mean(X)) / std(X), column by column
    """
    return (X - X.mean(axis=0)) / X.std(axis=0)
