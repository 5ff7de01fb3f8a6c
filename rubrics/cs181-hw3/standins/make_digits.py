"""
Writes torchvision/digits.npz: the course's digits for training and validation, 8 x 8. The hidden ones are not in it.

    python rubrics/cs181-hw3/standins/make_digits.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from reference import digits

HERE = Path(__file__).resolve().parent


def parts() -> dict[str, np.ndarray]:
    """Array name to array."""
    source = load_digits()
    order = digits.stratified_order(source.target.astype(np.int64), digits.SEED)
    cut = digits.N_TRAIN, digits.N_TRAIN + digits.N_VAL
    rows = dict(zip(("train", "val"), np.split(order, cut), strict=False))
    images = {f"{name}_images": source.images[where].astype(np.uint8) for name, where in rows.items()}
    return images | {f"{name}_labels": source.target[where].astype(np.uint8) for name, where in rows.items()}


if __name__ == "__main__":
    np.savez_compressed(HERE / "torchvision" / "digits.npz", **parts())
