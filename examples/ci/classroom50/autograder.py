"""Classroom 50's autograder for one assignment: hands the checkout to the grader of the machine and writes ./result.json.

Copy to CLASSROOM/autograders/ASSIGNMENT/autograder.py. That folder is public, and this file holds no secret: the course with its
solutions and graders belongs to another user of the self-hosted runner, and only the command below runs as that user. Standard
library only. Exit status 0: graded, whatever the marks. Another one: not graded, and Classroom 50 records an error and no score.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GRADER = ("sudo", "-n", "-u", "rnn-grader", "/usr/local/bin/grade-rnn-course")
MAX_BYTES = 20 << 20  # of one file, and of all
SUFFIXES = (".py", ".ipynb")


def packed(checkout: Path) -> bytes:
    """The modules and notebooks at the top of the checkout, as a zip. Links are left out: they could lead anywhere."""
    memory, total = io.BytesIO(), 0
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(checkout.iterdir()):
            if path.suffix.lower() not in SUFFIXES or path.is_symlink() or not path.is_file():
                continue
            total += path.stat().st_size
            if total > MAX_BYTES:
                break
            archive.writestr(path.name, path.read_bytes())
    return memory.getvalue()


def graded(submission: bytes) -> dict[str, Any] | None:
    """What the grader says: schema, score, max-score and tests. None without a score; the log says why."""
    name, owner = os.environ["ASSIGNMENT"].replace("-", "_"), os.environ.get("OWNER") or os.environ.get("USERNAME", "submission")
    done = subprocess.run([*GRADER, name, owner], input=submission, capture_output=True)
    sys.stderr.write(done.stderr.decode(errors="replace"))
    result = json.loads(done.stdout) if done.stdout else {}
    if "score" in result and done.returncode in (0, 1):
        return dict(result)
    print(f"::error::Not graded, no score. {result.get('message', '')}")
    return None


def release_body(result: dict[str, Any]) -> str:
    """What the student reads: the points, and the feedback on each task as a block in which nothing is Markdown."""
    head = f"### {result['score'] / 100:g} of {result['max-score'] / 100:g} points\n"
    blocks = (("    " + test["output"].rstrip().replace("\n", "\n    ") + "\n") for test in result["tests"])
    return "\n".join([head, *blocks])


def main() -> int:
    result = graded(packed(Path.cwd()))
    if result is None:
        return 2
    about = {
        "classroom": os.environ["CLASSROOM"],
        "assignment": os.environ["ASSIGNMENT"],
        "submission": os.environ["SUBMISSION_TAG"],
        "commit": os.environ["COMMIT_URL"],
        "release": os.environ["RELEASE_URL"],
        "review": os.environ.get("REVIEW_URL") or os.environ["COMMIT_URL"],
        "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),  # the runner puts in the commit's, the owner and the type
    }
    Path("result.json").write_text(json.dumps(result | about, indent=2), encoding="utf-8")
    Path("release-body.md").write_text(release_body(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
