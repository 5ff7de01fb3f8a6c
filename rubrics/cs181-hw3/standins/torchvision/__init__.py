"""The course's stand-in for torchvision where there is no network: the same calls, the course's own digits."""

import functools
import inspect

from torch.utils.data import DataLoader

from . import datasets, transforms, utils

__all__ = ["datasets", "transforms", "utils"]
__version__ = "0.28.0+course"

_WORKERS = {
    "num_workers": 0,
    "pin_memory": False,
    "persistent_workers": False,
    "prefetch_factor": None,
    "timeout": 0,
}
_WORKERS["multiprocessing_context"] = None
_init = DataLoader.__init__


@functools.wraps(_init)
def _without_workers(self, *args, **options):
    """The data are in memory: processes of their own would only cost time."""
    names = list(inspect.signature(_init).parameters)[1:]
    given = dict(zip(names, args, strict=False)) | options
    _init(self, **(given | {k: v for k, v in _WORKERS.items() if k in given}))


DataLoader.__init__ = _without_workers
