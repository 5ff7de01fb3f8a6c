"""As in the package itself."""

from tqdm import *  # noqa: F403
