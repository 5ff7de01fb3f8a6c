"""The zip that a teacher uploads to Gradescope."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.gradescope.lock import Lock
from grader.gradescope.wheel import wheel_bytes, wheel_name
from grader.report.write import write_whole
from grader.rubric import Rubric

FILES = Path(__file__).with_name("files")
SOURCE = "/autograder/source"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SKIP = ("__pycache__", ".git", ".ipynb_checkpoints", ".DS_Store")
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Built:
    """What was written."""

    path: Path
    size: int
    files: tuple[str, ...]


def preloads_torch(rubric: Rubric) -> bool:
    """Whether the rubric's code groups ask for torch."""
    return any(m.partition(".")[0] == "torch" for spec in rubric.specs for m in spec.preload)


def build(rubric: Rubric, out: Path, lock: Lock, torch_index: str = "") -> Built:
    """
    Write the zip: the same rubric, grader and lock give the same bytes.

    Args:
        rubric: checked; its folder goes into the zip, no other assignment's does.
        out: the zip.
        lock: of the packages.
        torch_index: an index that has the processor-only build of torch.

    Raises:
        UsageError: the rubric's folder is too large or reaches outside of itself.
    """
    files = _course(rubric) | {
        wheel_name(): wheel_bytes(),
        "requirements.txt": lock.requirements().encode(),
        "constraints.txt": lock.constraints().encode(),
        "torch.txt": _torch(lock, torch_index).encode(),
        "settings.json": _settings(rubric).encode(),
    }
    scripts = {
        name: (FILES / name).read_bytes().replace(b"\r\n", b"\n") for name in ("setup.sh", "run_autograder")
    }
    data = _zipped(scripts, files)
    if len(data) > MOST_BYTES:
        raise UsageError(f"{out}: {len(data) >> 20} MB: more than {MOST_BYTES // 1_000_000} MB. Is data beside the rubric that it does not need?")  # fmt: skip
    write_whole(out, data)
    return Built(out, len(data), tuple(sorted([*scripts, *files])))


def _settings(rubric: Rubric) -> str:
    place = f"{SOURCE}/rubrics/{rubric.path.parent.name}/{rubric.path.name}"
    return json.dumps({"rubric": place, "budget": rubric.file.gradescope.budget}, indent=1) + "\n"


def _torch(lock: Lock, index: str) -> str:
    if not lock.torch:
        return ""
    return (f"--extra-index-url {index}\n" if index else "") + f"torch=={lock.torch}\n"


def _course(rubric: Rubric) -> dict[str, bytes]:
    """The folder of the rubric; links that lead out of it are refused."""
    folder = rubric.path.parent
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if set(_SKIP) & set(path.parts) or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{path}: leads out of the rubric's folder. Put the file itself there.")
        found[f"rubrics/{folder.name}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    for group in rubric.file.code:
        for source in group.provided.values():
            if not (folder / source).resolve().is_relative_to(folder.resolve()):
                raise UsageError(
                    f"{rubric.path}: provided: {source} lies outside of the rubric's folder. Move it there."
                )
    return found


def _zipped(scripts: dict[str, bytes], files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*scripts.items(), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix: only then the permissions count
            entry.external_attr = (0o100755 if name in scripts else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()
