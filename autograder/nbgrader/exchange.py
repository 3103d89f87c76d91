"""Return feedback through nbgrader's exchange, even when some submissions did not come through it."""

from __future__ import annotations

from pathlib import Path

from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback
from nbgrader.utils import temp_attrs

from .students import as_pattern

# Written by `nbgrader submit`; `nbgrader fetch_feedback` needs it to find a page.
SECRETS = ("timestamp.txt", "submission_secret.txt")


class CourseReleaseFeedback(ExchangeReleaseFeedback):
    """Skips submissions that did not come through the exchange. Stock nbgrader stops at the first one."""

    def init_src(self) -> None:
        folder = Path(self.coursedir.root, self.coursedir.feedback_directory)
        with temp_attrs(self.coursedir, student_id=as_pattern(str(folder), self.coursedir.student_id)):
            super().init_src()

    def copy_files(self) -> None:
        excluded = set(filter(None, self.coursedir.student_id_exclude.split(",")))
        by_hand = sorted(folder for folder in self._feedback_folders() if self._lacks_secrets(folder))
        students = {folder.parent.name for folder in by_hand}
        with temp_attrs(self.coursedir, student_id_exclude=",".join(sorted(excluded | students))):
            super().copy_files()
        if by_hand:
            self.log.warning(
                "%d of these did not come through the exchange (no %s), so their students cannot fetch feedback there. "
                "Send them the pages: %s", len(by_hand), " or ".join(SECRETS), ", ".join(str(folder) for folder in by_hand)
            )  # fmt: skip

    def _feedback_folders(self) -> set[Path]:
        return {page.parent for page in Path("/").glob(f"{self.src_path.lstrip('/')}/*.html")}

    @staticmethod
    def _lacks_secrets(folder: Path) -> bool:
        return not all((folder / name).is_file() for name in SECRETS)
