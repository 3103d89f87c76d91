"""nbgrader's converters with what a course of ours needs.

nbgrader has no setting for the classes of its converters: `install` puts ours in their place.
"""

from __future__ import annotations

import fnmatch

from nbgrader.apps import api, autogradeapp
from nbgrader.converters import Autograde

from .course import course
from .gradebook import record_if_missing, require_current_points


class CourseAutograde(Autograde):
    """`nbgrader autograde`, for the command line and for Formgrader."""

    def start(self) -> None:
        for assignment in course().assignments:
            if fnmatch.fnmatchcase(assignment.name, self.coursedir.assignment_id):
                record_if_missing(assignment, self.coursedir, self)
                require_current_points(assignment, self.coursedir, self)
        super().start()


def install() -> None:
    """Make nbgrader's commands and Formgrader use the converters above."""
    for module in (api, autogradeapp):
        module.Autograde = CourseAutograde
