"""Grade a list of submissions for another program: `python -m autograder.batch.on_request COURSE`.

Reads one request as JSON from stdin and writes one document per line to stdout, as soon as each result is made. The other program
never imports torch and may hold threads, as JupyterLab does, so no grading process may be forked from it.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.results import Result
from autograder.sandbox import Sandbox


def main() -> int:
    """Exit status 0 when everything was graded, 2 for faults in the course's own files."""
    request = json.load(sys.stdin)
    try:
        with Sandbox(unconfined=request["unconfined"]) as sandbox:
            _grade(request, Course(Path(sys.argv[1])), sandbox)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _grade(request: dict[str, Any], course: Course, sandbox: Sandbox) -> None:
    from autograder.batch.control import Control, good_seed  # imports torch, while the sandbox does the same
    from autograder.batch.grading import SubmissionRef, fresh_seed
    from autograder.batch.pool import grade_class

    name, seed = request["assignment"], request["seed"]
    control = Control(seed) if seed is not None else good_seed([course[name]], fresh_seed(), fresh_seed)
    if control.text:
        print(control.text, file=sys.stderr)
    work = [(name, SubmissionRef(student, Path(path), seed=control.seed)) for student, path in request["submissions"].items()]

    def show(result: Result) -> None:
        told = dataclasses.replace(result, flags=(*result.flags, *control.flags))
        print(json.dumps(told.document()), flush=True)

    grade_class(course, work, request["workers"], show, sandbox)


if __name__ == "__main__":
    sys.exit(main())
