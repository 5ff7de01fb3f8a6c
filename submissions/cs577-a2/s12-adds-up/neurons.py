import numpy as np


def sigmoid(z):
    s = np.zeros(len(z))
    for i in range(len(z)):
        s[i] = 1 / (1 + np.exp(-z[i]))
    return s


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def bce_loss(theta, X, y):
    h = 1 / (1 + np.exp(-X @ theta))
    return -np.sum(y * np.log(h) + (1 - y) * np.log(1 - h))


def bce_grad(theta, X, y):
    return X.T @ (1 / (1 + np.exp(-X @ theta)) - y)


def cce_loss(Theta, X, Y):
    return -np.sum(Y * np.log(softmax(X @ Theta)))


def cce_grad(Theta, X, Y):
    return X.T @ (softmax(X @ Theta) - Y)
