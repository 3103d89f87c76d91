"""Makes this repository an nbgrader course directory. `nbgrader autograde` then grades with our judge."""

from pathlib import Path

try:
    from autograder.nbgrader import configure

    configure(get_config(), Path(__file__).resolve().parent)  # noqa: F821  (nbgrader provides get_config)
except Exception as error:  # nbgrader would go on without this file, and run the students' code in its own process
    raise SystemExit(f"{__file__}: {type(error).__name__}: {error}. Is the course's environment active?") from error
