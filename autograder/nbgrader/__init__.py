"""nbgrader with our judge: its commands, gradebook and Formgrader, but students' code never runs in its process."""

from .configuration import configure
from .export import BlackboardExport, CanvasExport, MoodleExport

__all__ = ["BlackboardExport", "CanvasExport", "MoodleExport", "configure"]
