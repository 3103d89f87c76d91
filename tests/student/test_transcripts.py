"""Each typical mistake gets a message that names it or points to it, in the transcripts and when they are made again."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Course

HERE = Path(__file__).parent
_SPEC = importlib.util.spec_from_file_location("make_transcripts", HERE / "make_transcripts.py")
assert _SPEC is not None
made = importlib.util.module_from_spec(_SPEC)
assert _SPEC.loader is not None
_SPEC.loader.exec_module(made)
SAMPLE = ("02_shapes", "04_embedding")  # made again each time; the others when somebody runs the script


@pytest.mark.parametrize("name", made.MISTAKES)
def test_every_mistake_is_met(name: str) -> None:
    text = (made.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    steps = {part.splitlines()[0].split(". ", 1)[1]: part for part in text.split("=== ")[1:]}
    assert len(made.MISTAKES[name]) == 3
    for (task, mistake), words in made.MISTAKES[name].items():
        step = steps[f"{task}, with a mistake: {mistake}"]
        assert words in " ".join(step.split()), step
    first, *_, last = steps.values()
    assert len(first.splitlines()) <= 25
    assert "[no]" not in last
    assert "not written yet" not in last
    assert [task.name for task in Course()[name].tasks] == list(dict.fromkeys(s.split(",")[0] for s in list(steps)[1:]))


@pytest.mark.parametrize("name", SAMPLE)
def test_a_transcript_is_current(name: str) -> None:
    program = "import sys, make_transcripts as m; print(m.transcript(m.Course()[sys.argv[1]]), end='')"
    done = subprocess.run(
        [sys.executable, "-c", program, name], cwd=HERE, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    kept = (made.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert done.stdout == kept, "run: python tests/student/make_transcripts.py"
