"""A feed-forward network in numpy, trained by mini-batch gradient descent."""

import matplotlib.pyplot as plt
import numpy as np

STEP_SIZE = 0.01
BATCH_SIZE = 200
EPOCHS = 200
N_LAYERS = 2
WIDTH = 16
ACTIVATION = "Sigmoid"
SEED = 102


class LinearLayer:
    """Z = X W + b for a batch X (n x input_dim)."""

    def __init__(self, input_dim, output_dim):
        self.weights = np.random.randn(input_dim, output_dim) * np.sqrt(2.0 / input_dim)
        self.bias = np.full((1, output_dim), 0.5, dtype=np.float)

    def forward(self, input):
        """Output (n x output_dim); the input is kept for the backward pass."""
        self.input = input
        return input @ self.weights + self.bias

    def backward(self, grad):
        """
        Store grad_weights (input_dim x output_dim) and grad_bias (1 x output_dim), return dL/dX (n x input_dim).

        grad is dL/dZ (n x output_dim). Sum over the batch; do not average, and leave grad as it is.
        """
        self.grad_weights = self.input.T @ grad
        self.grad_bias = np.sum(grad, axis=0, keepdims=True)
        return grad @ self.weights.T

    def step(self, step_size):
        """One step of gradient descent with the stored gradients."""
        self.weights -= step_size * self.grad_weights
        self.bias -= step_size * self.grad_bias


class Sigmoid:
    """Elementwise 1 / (1 + exp(-z))."""

    def forward(self, input):
        self.act = 1 / (1 + np.exp(-np.clip(input, -500, 500)))
        return self.act

    def backward(self, grad):
        return grad * self.act * (1 - self.act)

    def step(self, step_size):
        return


class ReLU:
    """Elementwise max(0, z)."""

    def forward(self, input):
        self.mask = np.array(input > 0, dtype=np.bool)
        return input * self.mask

    def backward(self, grad):
        return grad * self.mask

    def step(self, step_size):
        return


class CrossEntropySoftmax:
    """The mean of -log p(label), p the softmax of the logits."""

    def forward(self, logits, labels):
        """The loss of logits (n x k) for integer labels (n x 1)."""
        self.labels = labels.reshape(-1).astype(np.int)
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.probs = shifted / shifted.sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.probs[np.arange(len(logits)), self.labels] + 1e-5))

    def backward(self):
        """dL/dlogits (n x k)."""
        grad = self.probs.copy()
        grad[np.arange(len(grad)), self.labels] -= 1
        return grad / len(grad)


class FeedForwardNeuralNetwork:
    """Linear, activation, ..., Linear: num_layers linear layers, the hidden ones of width hidden_dim."""

    def __init__(self, input_dim, output_dim, hidden_dim, num_layers, activation="ReLU"):
        kinds = {"ReLU": ReLU, "Sigmoid": Sigmoid}
        sizes = [input_dim] + [hidden_dim] * (num_layers - 1) + [output_dim]
        self.layers = [LinearLayer(sizes[0], sizes[1])]
        for i in range(1, num_layers):
            self.layers += [kinds[activation](), LinearLayer(sizes[i], sizes[i + 1])]

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def step(self, step_size=0.001):
        for layer in self.layers:
            layer.step(step_size)


def evaluate(network, criterion, X, Y):
    """Loss and accuracy."""
    logits = network.forward(X)
    return criterion.forward(logits.copy(), Y), np.mean(logits.argmax(axis=1) == Y[:, 0])


def load_data(path):
    """Inputs pixel / 256 - 0.5 and labels (n x 1) of a csv file with the label in its last column."""
    data = np.loadtxt(path, delimiter=",")
    return data[:, :-1] / 256 - 0.5, data[:, -1:].astype(np.int)


def main():
    np.random.seed(SEED)
    X, Y = load_data("mnist_small_train.csv")
    X_val, Y_val = load_data("mnist_small_val.csv")
    network = FeedForwardNeuralNetwork(X.shape[1], 10, WIDTH, N_LAYERS, ACTIVATION)
    criterion = CrossEntropySoftmax()
    curves = []
    for epoch in range(EPOCHS):
        order = np.random.permutation(len(X))
        for start in range(0, len(X), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            criterion.forward(network.forward(X[rows]), Y[rows])
            network.backward(criterion.backward())
            network.step(STEP_SIZE)
        curves.append(evaluate(network, criterion, X, Y) + evaluate(network, criterion, X_val, Y_val))
        print("epoch", epoch + 1, *np.round(curves[-1], 3))
    curves = np.array(curves)
    plt.plot(curves[:, 0], label="training loss")
    plt.plot(curves[:, 2], label="validation loss")
    plt.legend()
    plt.savefig("curves.png")


if __name__ == "__main__":
    main()
