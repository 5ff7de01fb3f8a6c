"""The transforms that homework uses; `fixed` says that the same image always gives the same result."""

import random

from . import functional

__all__ = [
    "CenterCrop", "Compose", "ConvertImageDtype", "Grayscale", "Lambda", "Normalize", "PILToTensor",
    "RandomHorizontalFlip", "Resize", "ToPILImage", "ToTensor", "functional",
]  # fmt: skip


class Compose:
    """One after the other."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    @property
    def fixed(self):
        return all(getattr(t, "fixed", False) for t in self.transforms)

    def __call__(self, image):
        for transform in self.transforms:
            image = transform(image)
        return image


class ToTensor:
    """Pixels in [0, 1], shape (1, height, width)."""

    fixed = True

    def __call__(self, image):
        return functional.to_tensor(image)


class PILToTensor:
    """Pixels as they are, shape (1, height, width)."""

    fixed = True

    def __call__(self, image):
        return functional.pil_to_tensor(image)


class ToPILImage:
    """A tensor as an image."""

    def __init__(self, mode=None):
        self.mode = mode

    def __call__(self, image):
        return functional.to_pil_image(image)


class ConvertImageDtype:
    """Whole numbers to [0, 1]."""

    fixed = True

    def __init__(self, dtype):
        self.dtype = dtype

    def __call__(self, image):
        return image.to(self.dtype) / (1 if image.is_floating_point() else 255)


class Normalize:
    """(image - mean) / std for each channel."""

    fixed = True

    def __init__(self, mean, std, inplace=False):
        self.mean, self.std = mean, std

    def __call__(self, image):
        return functional.normalize(image, self.mean, self.std)


class Resize:
    """Bilinear, to `size` (a number or a pair)."""

    fixed = True

    def __init__(self, size, interpolation=None, max_size=None, antialias=None):
        self.size = size

    def __call__(self, image):
        return functional.resize(image, self.size)


class CenterCrop:
    """The middle."""

    fixed = True

    def __init__(self, size):
        self.size = size

    def __call__(self, image):
        return functional.center_crop(image, self.size)


class Grayscale:
    """The images are grey already."""

    fixed = True

    def __init__(self, num_output_channels=1):
        self.channels = num_output_channels

    def __call__(self, image):
        return image


class Lambda:
    """Any function."""

    def __init__(self, lambd):
        self.lambd = lambd

    def __call__(self, image):
        return self.lambd(image)


class RandomHorizontalFlip:
    """Left and right change places, with probability p."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, image):
        return functional.hflip(image) if random.random() < self.p else image
