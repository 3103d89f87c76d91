"""A learner's progress from the stubs to full marks, with three typical mistakes per assignment: the checks' output at each step.

`python tests/student/make_transcripts.py` writes transcripts/<assignment>.txt for a person to read; a test compares them.
"""

from __future__ import annotations

import contextlib
import io
import sys
import types
import warnings
from pathlib import Path

from autograder.course import Assignment, Course
from autograder.course.build import STUDENT
from autograder.judge.catalogue import misconceptions_of

FOLDER = Path(__file__).with_name("transcripts")
# What is done wrong on the way, and words of the message that name it or point to it.
MISTAKES: dict[str, dict[tuple[str, str], str]] = {
    "01_rnn_cell": {
        ("rnn_cell_step", "bias_hh left out"): "four terms, and tanh of their sum",
        ("run_cell", "state not carried forward"): "feed each new state to the next step",
        ("train", "softmax before the loss"): "There is a softmax before the loss here.",
    },
    "02_shapes": {
        ("to_time_major", "view instead of transpose"): "do not regroup the numbers",
        ("output_shapes", "batch_first for the states too"): "not the states",
        ("parameter_shapes", "one bias instead of two"): "Missing: bias_hh_l0, bias_hh_l1.",
    },
    "03_rnn_layer": {
        ("rnn_forward", "bias_hh left out"): "Do both biases count?",
        ("RNNModel", "state kept between calls"): "is the last state kept between calls?",
        ("train", "gradients not set to zero"): "they add up",
    },
    "04_embedding": {
        ("embed", "weights detached"): "loses its history in .data, .detach()",
        ("EmbeddingModel", "softmax at the end"): "A softmax does not belong here",
        ("train", "gradients not set to zero"): "they add up",
    },
    "05_lstm": {
        ("lstm_cell_step", "gates in the order i, f, o, g"): "i, f, g, o",
        ("lstm_forward", "cell state not carried forward"): "it must be carried from step to step",
        ("train", "softmax before the loss"): "without a softmax",
    },
    "06_gru": {
        ("gru_cell_step", "z and 1 - z swapped"): "z = 1 keeps the old h",
        ("gru_cell_step_paper", "x joined before h"): "Join [h, x] with h first",
        ("GRUModel", "batch_first forgotten"): "batch first?",
    },
}


def steps(assignment: Assignment) -> list[tuple[str, str]]:
    """(what the learner did, their module) from the stubs on: each task once right, three of them wrong at first."""
    stubs = assignment.module.read_text(encoding="utf-8")
    written: dict[str, str] = {}
    wrong = {
        (task, m.name): m.stubs(assignment, task)[0]
        for task, m in misconceptions_of(assignment)
        if (task, m.name) in MISTAKES[assignment.name]
    }

    def module() -> str:
        return stubs + "\n\n" + "\n\n".join(written.values())  # what is defined last counts

    found = [("nothing yet", module())]
    for task in (task.name for task in assignment.tasks):
        for (of, name), stub in wrong.items():
            if of == task:
                written[task] = stub
                found.append((f"{task}, with a mistake: {name}", module()))
        written[task] = assignment.stub(task)
        found.append((f"{task}", module()))
    return found


def said(assignment: Assignment, module_text: str) -> list[str]:
    """What `pytest` in the assignment's folder prints for this module."""
    import checks  # of autograder/student, which `transcript` has put on the path

    module = types.ModuleType(assignment.stem)
    sys.modules[assignment.stem] = module
    results = []
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(module_text, f"{assignment.stem}.py", "exec", dont_inherit=True), vars(module))
        checks_file = assignment.visible_checks
        namespace: dict[str, object] = {}
        exec(compile(checks_file.read_text(encoding="utf-8"), str(checks_file), "exec", dont_inherit=True), namespace)
        for name, check in namespace.items():
            own = [task.name for task in assignment.tasks if name.startswith(f"test_{task.name}_")]
            if own and isinstance(check, types.FunctionType):
                results.append(checks.run_check(max(own, key=len), check))
    return list(checks.layout(results))


def transcript(assignment: Assignment) -> str:
    if str(STUDENT) not in sys.path:
        sys.path.insert(0, str(STUDENT))
    import linecache

    parts = []
    for number, (did, module_text) in enumerate(steps(assignment)):
        name = f"{assignment.stem}.py"
        linecache.cache[name] = (len(module_text), None, module_text.splitlines(True), name)
        parts.append("\n".join([f"=== {number}. {did}", "", *said(assignment, module_text)]))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    FOLDER.mkdir(exist_ok=True)
    for chosen in [Course()[name] for name in sys.argv[1:]] or Course().assignments:
        (FOLDER / f"{chosen.name}.txt").write_text(transcript(chosen), encoding="utf-8")
        print(f"wrote {chosen.name}.txt")
