"""At the end of `setup.sh`: the rubric is read and a sandbox is opened, so that a broken image fails when it is built."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grader.errors import GraderError
from grader.gradescope.container import fitted
from grader.rubric import load
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Preload


def main(settings: Path) -> int:
    """Say what holds; 1 when the rubric is broken. Isolation may differ where submissions run: it is tested again there."""
    said = json.loads(settings.read_bytes())
    rubric = fitted(load(Path(said["rubric"])), float(said["budget"]))
    print(
        f"trial: {rubric.assignment}: {rubric.max_points:g} points, {rubric.limits.memory >> 20} MB for student code"
    )
    modules = tuple(dict.fromkeys(m for spec in rubric.specs for m in spec.preload)) or ("numpy",)
    try:
        zygote = Zygote(Preload("script", modules), unsafe=rubric.file.gradescope.unsafe)
        zygote.ready()
    except GraderError as e:
        print(f"trial: NOT LOCKED IN HERE: {str(e).splitlines()[-1]}")
        print(
            "trial: where submissions run it may be otherwise. If it is not, each is reported as not graded, until the rubric says "
            "`gradescope: {unsafe: true}`: then student code has a user id of its own and no more walls."
        )
        return 0
    try:
        zygote.open_session(rubric.limits).close()
        print(f"trial: {', '.join(sorted(zygote.layers))}")
    finally:
        zygote.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
