# %% [markdown]
# # Problem 4: an MLP in PyTorch, from scratch
#
# Tensors and autograd only: nothing of `torch.nn`, `torch.nn.functional` or `torch.optim` (`torch.nn.Parameter` is allowed), no
# `torch.softmax`, `torch.relu`. Keep the names. Run all cells before you hand in.
# %%
import matplotlib.pyplot as plt
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

batch_size = 256
train_data = datasets.FashionMNIST("./data", train=True, download=True, transform=transforms.ToTensor())
test_data = datasets.FashionMNIST("./data", train=False, download=True, transform=transforms.ToTensor())
train_iter = DataLoader(train_data, batch_size=batch_size, shuffle=True)
test_iter = DataLoader(test_data, batch_size=batch_size)
# %% [markdown]
# ## Parameters
#
# `W1` (n_inputs, n_hiddens), `b1` (n_hiddens,), `W2` (n_hiddens, n_outputs), `b2` (n_outputs,), all with gradients; the weights start as
# 0.01 times standard normal numbers, the biases at 0.
#
# `n_inputs`, `n_hiddens` (your choice), `n_outputs`: whole numbers.
# %%
# SOLUTION
n_inputs, n_hiddens, n_outputs = 784, 64, 10
W1 = (0.01 * torch.randn(n_inputs, n_hiddens)).requires_grad_()
b1 = torch.zeros(n_hiddens, requires_grad=True)
W2 = (0.01 * torch.randn(n_hiddens, n_outputs)).requires_grad_()
b2 = torch.zeros(n_outputs, requires_grad=True)


# END
# %% [markdown]
# ## Activations
# %%
def relu(x):
    """max(0, x), for tensors of any shape."""
    # SOLUTION
    return torch.where(x > 0, x, torch.zeros_like(x))
    # END


def softmax(X):
    """Rows of an n x c matrix of logits to probabilities."""
    # SOLUTION
    powers = torch.exp(X - X.max(dim=1, keepdim=True).values)
    return powers / powers.sum(dim=1, keepdim=True)
    # END


# %% [markdown]
# ## Network, loss and update
# %%
def net(X):
    """Images to probabilities: flatten, a hidden relu layer, softmax."""
    # SOLUTION
    return softmax(relu(X.reshape(-1, n_inputs) @ W1 + b1) @ W2 + b2)
    # END


def cross_entropy(y_hat, y):
    """One loss for each row of probabilities."""
    # SOLUTION
    return -torch.log(y_hat[torch.arange(len(y)), y])
    # END


def sgd(params, lr=0.1):
    """One step in place; the gradients are set back to zero."""
    # SOLUTION
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad.zero_()
    # END


# %% [markdown]
# ## Training
# %%
epochs, lr = 10, 0.1


def train(net, params, train_iter, loss_func=cross_entropy, updater=sgd):
    """Train for `epochs`; returns the mean loss of each."""
    # SOLUTION
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for X, y in train_iter:
            loss = loss_func(net(X), y)
            loss.mean().backward()
            updater(params, lr)
            total, count = total + loss.sum().item(), count + len(y)
        losses.append(total / count)
    return losses
    # END


# %% [markdown]
# Train, and plot the training progress.
# %%
# SOLUTION
losses = train(net, [W1, b1, W2, b2], train_iter)
plt.plot(range(1, epochs + 1), losses)
plt.xlabel("epoch")
plt.ylabel("training loss")
plt.show()
# END
# %% [markdown]
# ## Closing
#
# **name:**
#
# **collaborators:**
#
# **hours:**
