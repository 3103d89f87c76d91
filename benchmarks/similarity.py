"""How often the similarity hint is wrong: false alarms among independent work, and how many disguised copies it finds.

    python -m benchmarks.similarity

The correct submissions of the corpus are the class. A copy is one of them with other names for its variables.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from autograder.batch.sources import known_texts
from autograder.course import Course
from autograder.intake.source import read_submission
from autograder.reports.similarity import similar_groups

CORPUS = Path(__file__).resolve().parents[1] / "tests" / "submissions"
VARIABLES = re.compile(r"(?<![.\w])(output|out|h|hidden|state|logits|loss|i|t|x|rows|vectors|one_hot)\b(?!\()")


def main() -> int:
    print("| assignment | submissions | pairs | groups | disguised copies found |\n| --- | --: | --: | --: | --: |")
    for assignment in Course().assignments:
        folders = sorted((CORPUS / assignment.name).glob("right_*"))
        texts = {folder.name: "\n\n".join(read_submission(folder, assignment.stem).cells) for folder in folders}
        known = known_texts(assignment)
        groups = similar_groups(assignment.name, texts, known)
        found = 0
        for name, text in texts.items():
            copied = similar_groups(assignment.name, texts | {"copy": VARIABLES.sub(r"\1_mine", text)}, known)
            found += any({"copy", name} <= set(group.students) for group in copied)
        count = len(texts)
        print(f"| `{assignment.name}` | {count} | {count * (count - 1) // 2} | {len(groups)} | {found} of {count} |", flush=True)
        for group in groups:
            print(f"  {group.score:.2f}", *group.students, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
