"""The files for students are next to their exercise and import each other by plain name: these tests do the same."""

from __future__ import annotations

import sys

from autograder.course.build import STUDENT

sys.path.insert(0, str(STUDENT))
