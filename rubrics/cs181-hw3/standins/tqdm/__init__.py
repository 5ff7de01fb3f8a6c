"""The course's stand-in for tqdm: the same calls, and no bar."""

__all__ = ["tnrange", "tqdm", "tqdm_notebook", "trange"]
__version__ = "4.67.0+course"


class tqdm:  # noqa: N801 - as in the package itself
    """Goes through an iterable and shows nothing."""

    def __init__(self, iterable=None, desc=None, total=None, *args, **options):
        self.iterable, self.desc, self.n = iterable, desc, 0
        self.total = total if total is not None or not hasattr(iterable, "__len__") else len(iterable)

    def __iter__(self):
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self):
        return self.total

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def update(self, n=1):
        self.n += n

    def nothing(self, *args, **options):
        """No bar is shown."""

    set_description = set_description_str = set_postfix = set_postfix_str = refresh = close = clear = (
        reset
    ) = nothing
    display = unpause = nothing

    @staticmethod
    def write(text, *args, **options):
        print(text)

    @classmethod
    def pandas(cls, *args, **options):
        """No bar is shown."""


tqdm_notebook = tqdm


def trange(*args, **options):
    """`tqdm(range(...))`."""
    return tqdm(range(*args), **options)


tnrange = trange
