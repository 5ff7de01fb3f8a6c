"""
The lock of a container: exactly the versions that are installed here, with the hashes of their wheels.

The hashes come from pip's own report of what it would install for each Python that setup.sh accepts; nothing is installed.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.errors import UsageError

PYTHONS = ("3.11", "3.12", "3.13")
_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "python_version": "3.11"}
_LINUX |= {
    "python_full_version": "3.11.9",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
_TORCH = "torch"


@dataclass(frozen=True)
class Lock:
    """Package to version, and package to the hashes of its wheels (empty where they are not known)."""

    versions: Mapping[str, str]
    hashes: Mapping[str, tuple[str, ...]]
    torch: str = ""
    """Its version where the rubric preloads it. Not hashed: its processor-only build has an index of its own."""

    def requirements(self) -> str:
        """`requirements.txt`; with hashes for every package or for none."""
        whole = all(self.hashes.get(name) for name in self.versions)
        return "".join(_line(n, v, self.hashes[n] if whole else ()) for n, v in sorted(self.versions.items()))

    def constraints(self) -> str:
        """The same versions without hashes, for installing torch beside them."""
        return "".join(_line(n, v, ()) for n, v in sorted(self.versions.items()))


def _line(name: str, version: str, hashes: Sequence[str]) -> str:
    return " \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{h}" for h in hashes)]) + "\n"


def lock(torch: bool, hashes: bool = True, machine: str = "x86_64") -> Lock:
    """
    The lock for the installed grader.

    Args:
        torch: the rubric preloads torch.
        hashes: ask the package index for them.
        machine: of the container.

    Raises:
        UsageError: a package is not installed here, or its wheels cannot be found.
    """
    versions = dict(_closure(torch))
    own = versions.pop(_TORCH, "").partition("+")[0]
    found = _hashes(versions, machine) if hashes else {}
    return Lock(versions, found, own)


def _closure(torch: bool) -> Iterator[tuple[str, str]]:
    """Every package that the grader needs at run time, with its version here."""
    wanted, seen = [("grade", frozenset({"torch"} if torch else ()))], set()
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            raise UsageError(
                f"{name} is not installed here: the lock names what is. `make setup` installs it."
            ) from None
        if name != "grade":
            yield name, distribution.version
        for line in distribution.requires or ():
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate(_LINUX | {"extra": e}) for e in ("", *extras)):
                wanted.append((canonicalize_name(need.name), frozenset(need.extras)))


def _hashes(versions: Mapping[str, str], machine: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for python in PYTHONS:
        for name, digest in _report(versions, python, machine):
            found.setdefault(name, set()).add(digest)
    return {name: tuple(sorted(digests)) for name, digests in found.items()}


def _report(versions: Mapping[str, str], python: str, machine: str) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of what pip would install for one version of Python."""
    platforms = [f"manylinux_2_{n}_{machine}" for n in (28, 27, 24, 17, 12, 5)] + [
        f"manylinux2014_{machine}",
        f"linux_{machine}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.json"
        command = [
            sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps",
            "--only-binary", ":all:", "--implementation", "cp", "--python-version", python, "--report", str(target),
            "--target", str(Path(folder) / "none"),
        ]  # fmt: skip
        command += [word for name in platforms for word in ("--platform", name)]
        command += [f"{name}=={version}" for name, version in versions.items()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = next(
                (line for line in done.stderr.splitlines() if line.startswith("ERROR")), "pip failed"
            )
            raise UsageError(
                f"the wheels for Python {python} on {machine} were not found: {reason} Try again, or lock versions without "
                "hashes with --no-hashes."
            )
        data = json.loads(target.read_bytes())
    for item in data["install"]:
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        if re.fullmatch(r"[0-9a-f]{64}", digest):
            yield canonicalize_name(item["metadata"]["name"]), digest
