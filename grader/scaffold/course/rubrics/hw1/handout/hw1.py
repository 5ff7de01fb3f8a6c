import numpy as np


def standardize(X):
    """Give every column of X mean 0 and standard deviation 1; shape (n, d) stays."""
    raise NotImplementedError
