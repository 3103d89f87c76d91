"""`nbgrader generate_feedback`: pages from our template, and for who needs attention a page with the reason and no score."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from nbgrader.converters import GenerateFeedback, NbGraderException
from traitlets.config import Config

from . import records
from .course import course

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
    """As nbgrader does; one student's trouble never keeps another from feedback."""

    def start(self) -> None:
        ours = Config()
        ours.HTMLExporter.template_name = NAME  # not in nbgrader_config.py: Formgrader makes its own pages with that exporter
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
        """What nbgrader finds, and those whose names it takes for patterns, such as `[abc]`."""
        super().init_notebooks()
        for assignment in course().assignments:
            if fnmatch.fnmatchcase(assignment.name, self.coursedir.assignment_id) and self.coursedir.student_id == "*":
                autograded = Path(self.coursedir.root, self.coursedir.autograded_directory)
                for page in autograded.glob(f"*/{assignment.name}/{assignment.stem}.ipynb"):
                    self.assignments.setdefault(str(page.parent), [str(page)])

    def _attention(self) -> Iterator[Attention]:
        for assignment in course().assignments:
            if fnmatch.fnmatchcase(assignment.name, self.coursedir.assignment_id):
                for student, reason in records.needs_attention(Path(self.coursedir.root), assignment.name).items():
                    if fnmatch.fnmatchcase(student, self.coursedir.student_id) or student == self.coursedir.student_id:
                        yield Attention(assignment.name, assignment.stem, student, reason)

    def _write(self, one: Attention) -> None:
        folder = Path(self.coursedir.format_path(self.coursedir.feedback_directory, one.student, one.assignment))
        submitted = Path(self.coursedir.format_path(self.coursedir.submitted_directory, one.student, one.assignment))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{one.notebook}.html").write_text(attention_page(one), encoding="utf-8")
        for name in ("timestamp.txt", "submission_secret.txt"):  # by which `nbgrader fetch_feedback` finds the page
            path = submitted / name
            if path.is_file() and not path.is_symlink():
                (folder / name).write_bytes(path.read_bytes())


def attention_page(one: Attention) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATES / NAME), autoescape=True)
    css = (TEMPLATES / NAME / "page.css").read_text()
    return environment.get_template("attention.html.j2").render(notebook=one.notebook, reason=one.reason, css=css)
