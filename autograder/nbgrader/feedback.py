"""`nbgrader generate_feedback`: pages from our template; a student who needs attention gets the reason and no score."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbgrader.converters import GenerateFeedback, NbGraderException
from traitlets.config import Config

from . import records
from .course import course
from .students import chosen

TEMPLATES = Path(__file__).parent / "templates"
NAME = "course_feedback"


@dataclass(frozen=True)
class Attention:
    """A student without a score for an assignment, and why."""

    assignment: str
    notebook: str
    student: str
    reason: str


class CourseGenerateFeedback(GenerateFeedback):
    """As nbgrader does, except that one student's failure does not keep others from feedback."""

    assignments: dict[str, list[str]]

    def start(self) -> None:
        ours = Config()
        ours.HTMLExporter.template_name = NAME  # not in nbgrader_config.py: Formgrader uses that exporter for its own pages
        ours.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
        self.update_config(ours)
        attention = list(self._attention())
        for one in attention:
            self._write(one)
        try:
            super().start()
        except NbGraderException:
            if not attention or self.assignments:
                raise
        if attention:
            lines = "".join(f"\n  {one.student}: {one.reason}" for one in attention)
            self.log.warning("%d have no score, and their pages say why:%s", len(attention), lines)

    def init_notebooks(self) -> None:
        """What nbgrader finds, and for our assignments also students whose names look like patterns, such as `[abc]`."""
        autograded = Path(self.coursedir.root, self.coursedir.autograded_directory)
        wanted = [a for a in course().assignments if fnmatch.fnmatchcase(a.name, self.coursedir.assignment_id)]
        names = chosen(os.listdir(autograded) if autograded.is_dir() else [], self.coursedir.student_id)
        places = [(autograded / name / assignment.name, f"{assignment.stem}.ipynb") for assignment in wanted for name in names]
        ours = {str(folder): [str(folder / page)] for folder, page in places if (folder / page).is_file()}
        try:
            super().init_notebooks()
        except NbGraderException:
            if not ours:
                raise
        named = {assignment.name for assignment in wanted}
        others = {path: found for path, found in self.assignments.items() if Path(path).name not in named}
        self.assignments = others | ours

    def _attention(self) -> Iterator[Attention]:
        for assignment in course().assignments:
            if fnmatch.fnmatchcase(assignment.name, self.coursedir.assignment_id):
                reasons = records.needs_attention(Path(self.coursedir.root), assignment.name)
                for student in chosen(reasons, self.coursedir.student_id):
                    yield Attention(assignment.name, assignment.stem, student, reasons[student])

    def _write(self, one: Attention) -> None:
        folder = Path(self.coursedir.format_path(self.coursedir.feedback_directory, one.student, one.assignment))
        submitted = Path(self.coursedir.format_path(self.coursedir.submitted_directory, one.student, one.assignment))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{one.notebook}.html").write_text(attention_page(one), encoding="utf-8")
        for name in ("timestamp.txt", "submission_secret.txt"):  # `nbgrader fetch_feedback` needs them to find the page
            path = submitted / name
            if path.is_file() and not path.is_symlink():
                (folder / name).write_bytes(path.read_bytes())


def attention_page(one: Attention) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATES / NAME), autoescape=True)
    css = Markup((TEMPLATES / NAME / "page.css").read_text())
    return environment.get_template("attention.html.j2").render(notebook=one.notebook, reason=one.reason, css=css)
