"""Time from saving a file to its verdict: a check in watch.py's warm process and `pytest` in a new process, in turn, in one run.

python -m benchmarks.watch
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from autograder.course import Course
from autograder.course.build import STUDENT

ROUNDS = 5
NAMES = ("01_rnn_cell", "05_lstm")


def main() -> None:
    sys.path.insert(0, str(STUDENT))
    from watch import Checker  # lives next to the exercises, not in the package

    course = Course()
    print(f"Wall-clock seconds from request to verdict, correct solutions, median of {ROUNDS}:")
    with tempfile.TemporaryDirectory() as scratch:
        checker = Checker()
        for name in NAMES:
            folder = Path(scratch) / name
            shutil.copytree(course[name].module.parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
            file = folder / f"{course[name].stem}.py"
            file.write_text(course[name].solution_module, encoding="utf-8")
            cold, warm = [], []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                pytest = [str(Path(sys.executable).with_name("pytest")), "-q"]
                done = subprocess.run(pytest, cwd=folder, capture_output=True, check=False)
                cold.append(time.perf_counter() - start)
                assert done.returncode == 0, done.stdout.decode()
                start = time.perf_counter()
                answers = checker.check(file)
                warm.append(time.perf_counter() - start)
                results = [answer["result"] for answer in answers if "result" in answer]
                assert {result[2] for result in results} == {"ok"}, answers
            ratio = median(cold) / median(warm)
            print(f"  {name:14} pytest {median(cold):6.2f}   watch.py {median(warm):6.2f}   {ratio:.0f} times as fast")
        checker.close()


if __name__ == "__main__":
    main()
