"""The transforms as functions."""

import numpy as np
import torch
from PIL import Image


def pil_to_tensor(image):
    """Shape (channels, height, width), uint8."""
    array = np.array(image, copy=True)
    return torch.from_numpy(array[None] if array.ndim == 2 else array.transpose(2, 0, 1).copy())


def to_tensor(image):
    """Pixels in [0, 1]; tensors stay as they are."""
    if isinstance(image, torch.Tensor):
        return image
    tensor = pil_to_tensor(image)
    return tensor.to(torch.get_default_dtype()).div(255) if tensor.dtype == torch.uint8 else tensor


def to_pil_image(image, mode=None):
    """A grey image."""
    array = np.asarray(image.detach()) if isinstance(image, torch.Tensor) else np.asarray(image)
    array = array[0] if array.ndim == 3 else array
    return Image.fromarray(array if array.dtype == np.uint8 else np.uint8(np.round(array * 255)))


def normalize(image, mean, std, inplace=False):
    """(image - mean) / std for each channel."""
    mean, std = (torch.as_tensor(v, dtype=image.dtype).reshape(-1, 1, 1) for v in (mean, std))
    return (image - mean) / std


def resize(image, size, *args, **options):
    """Bilinear."""
    height, width = (size, size) if isinstance(size, int) else (*size, *size)[:2]
    if isinstance(image, torch.Tensor):
        found = torch.nn.functional.interpolate(image[None].float(), (height, width), mode="bilinear")[0]
        return found.to(image.dtype)
    return image.resize((width, height), Image.BILINEAR)


def center_crop(image, size):
    """The middle."""
    height, width = (size, size) if isinstance(size, int) else size
    if isinstance(image, torch.Tensor):
        top, left = (image.shape[-2] - height) // 2, (image.shape[-1] - width) // 2
        return image[..., top : top + height, left : left + width]
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def hflip(image):
    """Left and right change places."""
    return image.flip(-1) if isinstance(image, torch.Tensor) else image.transpose(Image.FLIP_LEFT_RIGHT)
