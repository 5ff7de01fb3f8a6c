from layers import *
from losses import CrossEntropySoftmax


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
