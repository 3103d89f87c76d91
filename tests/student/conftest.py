"""The files that travel to students stand beside their exercise and import each other by plain name: so they do here."""

from __future__ import annotations

import sys

from autograder.course.build import STUDENT

sys.path.insert(0, str(STUDENT))
