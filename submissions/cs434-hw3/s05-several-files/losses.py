"""The loss."""

import numpy as np


class CrossEntropySoftmax:
    """The mean of -log p(label), p the softmax of the logits."""

    def forward(self, logits, labels):
        """The loss of logits (n x k) for integer labels (n x 1)."""
        self.labels = labels.reshape(-1)
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.probs = shifted / shifted.sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.probs[np.arange(len(logits)), self.labels] + 1e-5))

    def backward(self):
        """dL/dlogits (n x k)."""
        grad = self.probs.copy()
        grad[np.arange(len(grad)), self.labels] -= 1
        return grad / len(grad)
