"""An instructor's nbgrader_config.py needs only `configure(c)`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from nbgrader.apps import api, autogradeapp, generatefeedbackapp
from traitlets.config import Config

from autograder.course.build import STUB

from .autograde import CourseAutograde
from .exchange import CourseReleaseFeedback
from .export import CourseCsvExport
from .feedback import CourseGenerateFeedback
from .harmless import harmless_html


def configure(c: Config, root: Path) -> None:
    """Make `root` a course directory whose submissions are graded by the judge."""
    use_our_converters()
    # nbgrader runs `alembic` by name when it makes a gradebook: let it find the one beside this Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    c.CourseDirectory.course_id = "rnn-course"
    c.CourseDirectory.root = str(root)
    c.ClearSolutions.code_stub = {"python": STUB}
    c.HTMLExporter.sanitize_html = True  # feedback shows a student's markdown and outputs: no script of theirs may run
    c.HTMLExporter.filters = {"strip_files_prefix": harmless_html}
    c.HTMLExporter.embed_images = False  # a link to a file on this machine must not be read into the feedback
    c.Exchange.root = str(exchange_in(root))
    c.ExportApp.plugin_class = CourseCsvExport
    c.ExchangeFactory.release_feedback = CourseReleaseFeedback
    c.ExecutePreprocessor.timeout = 60  # for those who grade with the stock Execute: a cell that never ends is stopped


def exchange_in(root: Path) -> Path:
    """The exchange folder on this machine; nbgrader's own default must be made by an administrator."""
    exchange = root / "exchange"
    with suppress(OSError):  # a read-only course directory has no exchange; everything else works
        exchange.mkdir(exist_ok=True)
    return exchange


def use_our_converters() -> None:
    """Replace nbgrader's converter classes in its commands and Formgrader, which have no setting for them."""
    for module in (api, autogradeapp):
        module.Autograde = CourseAutograde
    for module in (api, generatefeedbackapp):
        module.GenerateFeedback = CourseGenerateFeedback
