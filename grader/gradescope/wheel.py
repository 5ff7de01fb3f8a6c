"""
The grader as a wheel, from where it is installed or from its checkout: no build tool, no network, equal bytes for equal files.

Format: the binary distribution format of the Python packaging guide, version 1.0.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from pathlib import Path

import grader
from grader.errors import UsageError

PACKAGES = ("grader", "reference")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SKIP = ("__pycache__",)


def wheel_name() -> str:
    """The file name."""
    return f"grade-{grader.__version__}-py3-none-any.whl"


def wheel_bytes(root: Path | None = None) -> bytes:
    """
    The wheel.

    Args:
        root: the folder that holds the packages; that of this grader by default.
    """
    root = root or Path(grader.__file__).parents[1]
    info = f"grade-{grader.__version__}.dist-info"
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in _files(root)}
    files |= {
        f"{info}/METADATA": _metadata().encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: grade\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": b"[console_scripts]\ngrade = grader.cli.main:main\n",
    }
    record = "".join(f"{name},sha256={_hash(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def _files(root: Path) -> list[Path]:
    found = [p for package in PACKAGES for p in sorted((root / package).rglob("*")) if p.is_file()]
    kept = [p for p in found if not set(_SKIP) & set(p.parts) and p.suffix not in (".pyc", ".pyo")]
    for package in PACKAGES:
        if root / package / "__init__.py" not in kept:
            raise UsageError(
                f"{root}: there is no package {package} beside the grader: install it or work in its checkout."
            )
    return kept


def _metadata() -> str:
    try:
        known = importlib.metadata.metadata("grade")
        requires = "".join(f"Requires-Dist: {line}\n" for line in known.get_all("Requires-Dist") or [])
    except importlib.metadata.PackageNotFoundError:
        requires = ""
    return f"Metadata-Version: 2.1\nName: grade\nVersion: {grader.__version__}\nRequires-Python: >=3.11\n{requires}"


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
