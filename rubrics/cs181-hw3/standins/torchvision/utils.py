"""Many images as one."""

import torch

from .transforms import functional


def make_grid(images, nrow=8, padding=2, normalize=False, pad_value=0.0, **options):
    """Images (n, 1, height, width) side by side, three channels."""
    images = torch.stack(list(images)) if not isinstance(images, torch.Tensor) else images
    images = images[None] if images.dim() == 3 else images
    images = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
    n, channels, height, width = images.shape
    columns = min(nrow, n)
    rows = -(-n // columns)
    grid = images.new_full(
        (channels, rows * (height + padding) + padding, columns * (width + padding) + padding), pad_value
    )
    for k, image in enumerate(images):
        top, left = (k // columns) * (height + padding) + padding, (k % columns) * (width + padding) + padding
        grid[:, top : top + height, left : left + width] = image
    return grid


def save_image(image, path, **options):
    """The first channel as a file."""
    functional.to_pil_image(make_grid(image, **options).clamp(0, 1)).save(path)
