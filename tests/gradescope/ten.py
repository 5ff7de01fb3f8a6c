"""Ten submissions in the platform's layout: six of the course's samples, three hostile ones, and an empty one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECRET = "a line that no student may read"
HOSTILE = """
import os, sys, glob, json, subprocess
found = ["has " + m for m in sys.modules if m.startswith(("reference", "grader"))]
for place in ("/autograder", "/autograder/source", "/autograder/submission_metadata.json", "/autograder/results",
              *[p + "/reference" for p in sys.path], *[p + "/grader" for p in sys.path], "/etc/shadow", "/root", "/proc/1/environ"):
    try:
        found += [place + "/" + n for n in os.listdir(place)] if os.path.isdir(place) else [open(place).read()[:100]]
    except OSError:
        pass
for place in ("/autograder/results/results.json", "/autograder/results/x", "/autograder/run_autograder", "/tmp/x"):
    try:
        open(place, "w").write('{"score": 100}'); found.append("wrote " + place)
    except OSError:
        pass
for file in [p + end for p in sys.path for end in ("/reference/layers.py", "/reference/__init__.py", "/grader/run.py", "/grader/__init__.py")]:
    try:
        found.append(file + open(file).read()[:20])
    except OSError:
        pass
try:
    import reference.layers; found.append("imported the reference")
except ImportError:
    pass
print('{"score": 100}')
sys.stderr.write("x" * 10_000_000)
if os.getuid() == 0: found.append("is root")
class LinearLayer:
    def __init__(self, i, o): raise RuntimeError("FOUND " + repr(found)[:3000])
"""
EATER = """
import numpy as np
hoard = []
class LinearLayer:
    def __init__(self, i, o): pass
    def forward(self, X):
        while True: hoard.append(np.ones(1 << 20))
    def backward(self, G): return self.forward(G)
"""
FORKS = """
import os, numpy as np
class LinearLayer:
    def __init__(self, i, o):
        while True:
            os.fork()
            x = bytearray(40_000_000)
"""
OWN = {"h1-hostile": HOSTILE, "h2-eats-memory": EATER, "h3-fork-bomb": FORKS}
GIVEN = (
    "s01-plain",
    "s04-notebook",
    "s07-transposed",
    "s14-blank-handout",
    "s16-endless-backward",
    "s17-endless-import",
)
METADATA = {
    "id": 409194023,
    "created_at": "2026-11-20T10:15:00.000000-05:00",
    "assignment": {
        "due_date": "2026-11-20T23:59:00.000000-05:00", "group_size": 2, "group_submission": True, "id": 25828, "course_id": 1,
        "late_due_date": None, "release_date": "2026-11-01T00:00:00.000000-05:00", "title": "HW", "total_points": "25.0",
    },
    "submission_method": "upload",
    "users": [{"email": "ada@x.edu", "id": 1, "name": "Ada Lovelace"}, {"email": "bob@x.edu", "id": 2, "name": "Bob Neil"}],
    "previous_submissions": [],
}  # fmt: skip


def put(place: Path, name: str, assignment: str = "cs434-hw3") -> None:
    """The platform's layout for one submission."""
    root = place / "autograder"
    for folder in ("submission", "results"):
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder).mkdir()
    (root / "submission_metadata.json").write_text(json.dumps(METADATA | {"note": SECRET}))
    if name in OWN:
        (root / "submission" / "net.py").write_text(OWN[name])
    elif name != "empty":
        given = ROOT / "submissions" / assignment / name
        shutil.copytree(given, root / "submission", dirs_exist_ok=True)
