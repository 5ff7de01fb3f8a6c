"""A fresh root file system that reaches the registries as this machine does; nothing of its settings is kept anywhere else."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path


def fresh(place: Path, suite: str) -> None:
    """A minimal system, from the mirror that this machine uses."""
    if shutil.which("debootstrap") is None:
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "debootstrap"], check=True, stdout=subprocess.DEVNULL
        )
    kept = place.with_name(f"{suite}.tar")
    if not kept.exists():
        made = place.with_name(f"{suite}.new")
        shutil.rmtree(made, ignore_errors=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", suite, str(made), mirror()],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        subprocess.run(["tar", "-C", str(made), "-cf", str(kept), "."], check=True)
        shutil.rmtree(made)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    subprocess.run(["tar", "-C", str(place), "-xf", str(kept)], check=True)
    for path in [
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/apt/apt.conf.d",
    ]:
        copy(Path(path), place)
    copy(Path("/etc/ssl/certs/ca-certificates.crt"), place, BUNDLE)
    (place / "etc/pip.conf").write_text(pip_settings())
    (place / "etc/apt/sources.list").write_text(sources(suite))
    copy(Path("/usr/share/keyrings"), place)


def copy(path: Path, place: Path, target: str = "") -> None:
    goal = place / (target or str(path)).lstrip("/")
    if path.exists():
        goal.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, goal, dirs_exist_ok=True)
        else:
            shutil.copyfile(path, goal)


BUNDLE = "/opt/bundle.crt"
USUAL = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def environment() -> dict[str, str]:
    """For a command in the new root that needs the network."""
    return network() | USUAL


def pip_settings() -> str:
    """Where this machine's pip takes packages from, whichever of its files says so, as a pip.conf."""
    lines = _pip_config().splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith(":env:"))
    kept = {k.rpartition(".")[2]: v.strip("'") for k, v in found.items()}
    kept = {k: v for k, v in kept.items() if k in _WHERE} | ({"cert": BUNDLE} if "cert" in kept else {})
    return "[global]\n" + "".join(f"{k} = {v}\n" for k, v in sorted(kept.items()))


_WHERE = ("index-url", "extra-index-url", "find-links", "trusted-host", "timeout", "default-timeout")


def _pip_config() -> str:
    return subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
    ).stdout


def network() -> dict[str, str]:
    """This machine's settings for reaching the registries; certificates lie where the new system's own do not replace them."""
    found = {
        k: v
        for k, v in os.environ.items()
        if k.startswith(("PIP_", "SSL_", "REQUESTS_", "http", "HTTP", "CURL_"))
    }
    return {
        k: BUNDLE if os.path.isfile(v) else v
        for k, v in found.items()
        if not os.path.isdir(v) or k == "PIP_FIND_LINKS"
    }


def mirror() -> str:
    found = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    )
    return next(line for line in found.stdout.split() if line.rstrip("/").endswith("debian"))


def sources(suite: str) -> str:
    """Without the suites of updates, which an older release may not have here."""
    return f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror()} {suite} main\n"


def local_indexes() -> list[Path]:
    """Folders on this machine that pip takes packages from."""
    words = re.findall(r"(?:file://)?(/[\w./-]+)", re.sub(r"https?://\S+", "", _pip_config()))
    places = [p.parent if p.name == "simple" else p for p in map(Path, words)]
    return [p for p in dict.fromkeys(places) if p.is_dir()]


@contextlib.contextmanager
def mounted(place: Path) -> Iterator[None]:
    binds = [
        Path("/dev/null"),
        Path("/dev/zero"),
        Path("/dev/random"),
        Path("/dev/urandom"),
        *local_indexes(),
    ]
    done: list[Path] = []
    try:
        subprocess.run(
            ["mount", "--bind", str(place), str(place)], check=True
        )  # as in a container, / is a mount point
        done.append(place)
        (place / "proc").mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "proc", "proc", str(place / "proc")], check=True)
        done.append(place / "proc")
        for path in binds:
            goal = place / str(path).lstrip("/")
            goal.parent.mkdir(parents=True, exist_ok=True)
            goal.mkdir(exist_ok=True) if path.is_dir() else goal.touch()
            subprocess.run(["mount", "--bind", str(path), str(goal)], check=True)
            done.append(goal)
        yield
    finally:
        for goal in reversed(done):
            subprocess.run(["umount", "-l", str(goal)], check=False)
