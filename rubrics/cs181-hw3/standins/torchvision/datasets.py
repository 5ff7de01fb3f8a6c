"""The course's digits under the names of well-known sets: 28 x 28 grey images of ten classes."""

import os

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

SIDE, SOURCE_SIDE, SOURCE_MAX = 28, 8, 16
TIMES = 10  # how often an epoch of training images shows each digit


class _Digits(Dataset):
    """Images and labels; `train=False` gives the validation images."""

    classes = [str(digit) for digit in range(10)]
    class_to_idx = {name: i for i, name in enumerate(classes)}

    def __init__(
        self, root="./data", train=True, transform=None, target_transform=None, download=False, **options
    ):
        self.root, self.train = root, train
        self.transform, self.target_transform = transform, target_transform
        part = "train" if train else "val"
        with np.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), "digits.npz")) as stored:
            images, labels = (
                enlarge(stored[f"{part}_images"].astype(np.int64), SIDE),
                stored[f"{part}_labels"],
            )
        self.distinct = len(images)
        times = TIMES if train else 1
        self.data = torch.from_numpy(np.tile(images, (times, 1, 1)))
        self.targets = torch.from_numpy(np.tile(labels.astype(np.int64), times))
        self._ready = {}

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, index):
        image, label = self._get(int(index))
        return (image.clone() if isinstance(image, torch.Tensor) else image), label

    def __getitems__(self, indices):
        return [self._get(int(i)) for i in indices]

    def _get(self, index):
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} images")
        label = int(self.targets[index])
        label = label if self.target_transform is None else self.target_transform(label)
        if not getattr(self.transform, "fixed", False):
            image = Image.fromarray(self.data[index].numpy())
            return (image if self.transform is None else self.transform(image)), label
        place = index % len(self) % self.distinct
        if place not in self._ready:
            self._ready[place] = self.transform(Image.fromarray(self.data[place].numpy()))
        return self._ready[place], label

    train_data = test_data = property(lambda self: self.data)
    train_labels = test_labels = property(lambda self: self.targets)

    def __repr__(self):
        return f"Dataset {type(self).__name__} (the course's digits)\n    Number of datapoints: {len(self)}"


class MNIST(_Digits):
    """The digits."""


class FashionMNIST(_Digits):
    """The digits too."""


class KMNIST(_Digits):
    """The digits too."""


class EMNIST(_Digits):
    """The digits too; `split` is passed over."""


def enlarge(images, side):
    """Bilinear enlargement in whole numbers, 8 x 8 with values 0 to 16 to side x side with values 0 to 255."""
    weights = np.zeros((side, SOURCE_SIDE), dtype=np.int64)
    for row in range(side):
        place = min(max(SOURCE_SIDE * (2 * row + 1) - side, 0), 2 * side * (SOURCE_SIDE - 1))
        lower, rest = divmod(place, 2 * side)
        weights[row, lower] += 2 * side - rest
        weights[row, min(lower + 1, SOURCE_SIDE - 1)] += rest
    total = weights @ images @ weights.T
    unit = SOURCE_MAX * (2 * side) ** 2
    return ((2 * 255 * total + unit) // (2 * unit)).astype(np.uint8)
