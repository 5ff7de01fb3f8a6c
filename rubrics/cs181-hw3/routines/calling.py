"""How `train` is called: by the names of its parameters, with data as a DataLoader gives them."""

import torch

from .notebook import parameters_of, space_of


class Served(torch.utils.data.DataLoader):
    """Batches of images (n, 1, 28, 28) in a new order each epoch, as a DataLoader gives them."""

    def __init__(self, X, y, times, batch, seed):
        self.X, self.y = X.repeat(times, 1, 1, 1), y.repeat(times)
        super().__init__(torch.utils.data.TensorDataset(self.X, self.y), batch_size=batch, shuffle=True)
        self.order = torch.Generator().manual_seed(seed)
        self.served = 0

    def __iter__(self):
        at = torch.randperm(len(self.X), generator=self.order)
        for first in range(0, len(at), self.batch_size):
            rows = at[first : first + self.batch_size]
            self.served += 1
            yield self.X[rows], self.y[rows]

    def __len__(self):
        return -(-len(self.X) // self.batch_size)


ROLES = {
    "net": "net model network mlp f",
    "params": "params parameters param weights ps",
    "train_iter": "train_iter train_loader trainloader train_dataloader data_iter data_loader loader train_data data iterator dataloader train_set it",
    "loss_func": "loss_func loss_fn loss lossfunc loss_function criterion lossf cost",
    "updater": "updater optimizer optimiser opt update trainer optim",
    "epochs": "epochs num_epochs n_epochs nepochs epoch number_epochs num_iters max_epochs EPOCHS",
    "lr": "lr learning_rate alpha eta rate LR",
    "batch_size": "batch_size batchsize batch bs BATCH_SIZE",
    "test_iter": "test_iter test_loader val_iter valid_iter val_loader valid_loader test_data val_data testloader valloader",
    "device": "device",
}
ROLE_OF = {name: role for role, names in ROLES.items() for name in names.split()}
ASKED = ("net", "params", "train_iter", "loss_func", "updater")


def call_train(train, given):
    """Call it with the page's arguments, by name where they have a known one, else by place; others only if it must have them."""
    names = parameters_of(train)
    if names is None:
        return train(*(given[role] for role in ASKED))
    roles = {}
    for place, parameter in enumerate(names):
        role = ROLE_OF.get(parameter.name)
        if role is None and place < len(ASKED) and ASKED[place] not in [ROLE_OF.get(p.name) for p in names]:
            role = ASKED[place]
        if role in given and role not in roles.values():
            roles[parameter.name] = role
    first = [p for p in names if p.kind in (p.POSITIONAL_ONLY,)]
    args = [given[roles[p.name]] for p in first if p.name in roles]
    return train(*args, **{p.name: given[roles[p.name]] for p in names if p.name in roles and p not in first})


SETTINGS = {"epochs": 10, "lr": 0.1, "batch_size": 256}


def settle(space, epochs):
    """The variables that the original notebooks read."""
    values = SETTINGS | {"epochs": epochs}
    space.update(epochs=epochs, lr=0.1)
    for name in list(space):
        if ROLE_OF.get(name) in values and isinstance(space[name], (int, float)):
            space[name] = values[ROLE_OF[name]]
    return values


def meant(train, source):
    """The `train` of this source in the notebook's space, or the last one."""
    if not source:
        return train
    space = space_of(train)
    exec(compile(source, "<again>", "exec"), space)
    return space["train"]
