"""A warm judge with its own zygote, for a program that holds threads and so must not be forked, such as a Dask worker.

`python -m autograder.batch.judge_process FD OPTIONS` reads parcels from the socket FD and answers each with a document. It ends
when the other end of the socket is closed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # before torch is imported

from autograder.batch.parcel import COURSE_ERROR, Judging, unpack  # noqa: E402
from autograder.child.warmup import defer_dynamo_import  # noqa: E402
from autograder.course import Course, CourseError  # noqa: E402
from autograder.sandbox import Sandbox  # noqa: E402


def main() -> int:
    line, judging = Connection(int(sys.argv[1])), Judging.from_json(sys.argv[2])
    with Sandbox(unconfined=judging.unconfined, bubblewrap=judging.bubblewrap) as sandbox:
        defer_dynamo_import()
        from autograder.batch.pool import work_through  # imports torch, while the sandbox does the same

        def parcels() -> Iterator[bytes]:
            with suppress(EOFError, ConnectionError):
                while True:
                    yield line.recv_bytes()

        try:
            work = map(unpack, parcels())
            work_through(Course(judging.root), work, lambda result: line.send_bytes(result.json().encode()), sandbox)
        except CourseError as error:
            line.send_bytes(COURSE_ERROR + str(error).encode())
        except ConnectionError:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
