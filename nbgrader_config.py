"""Makes this repository an nbgrader course directory. `nbgrader autograde` then grades with our judge."""

from pathlib import Path

from autograder.nbgrader import configure

configure(get_config(), Path(__file__).resolve().parent)  # noqa: F821  (nbgrader provides get_config)
