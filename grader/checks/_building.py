"""Building the student's network in the sandbox, also where its constructor asks for other arguments than the skeleton's."""

BUILD = '''
import inspect

def build(Network, inputs, shape):
    """The student's network; where its constructor was changed, the same chain of the student's own layers."""
    given = dict(zip(("input_dim", "output_dim", "hidden_dim", "num_layers", "activation"), (inputs, 10, *shape)))
    try:
        known = inspect.signature(Network).parameters
        return Network(**given) if given.keys() <= known.keys() else Network(*given.values())
    except Exception:
        parts = getattr(Network.__init__, "__globals__", {})
        if not {"LinearLayer", shape[2]} <= parts.keys():
            raise
        return Chain(parts["LinearLayer"], parts[shape[2]], inputs, shape[0], shape[1])

class Chain:
    def __init__(self, Linear, Activation, inputs, width, count):
        sizes = [inputs] + [width] * (count - 1) + [10]
        self.layers = [Linear(sizes[0], sizes[1])]
        for i in range(1, count):
            self.layers += [Activation(), Linear(sizes[i], sizes[i + 1])]

    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def step(self, size):
        for layer in self.layers:
            layer.step(size)
'''
