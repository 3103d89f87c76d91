"""Grade a loop over time that may call the student's own step, so that a mistake in the step loses points only in the step.

A loop that fails is run once more with torch's step instead of the submission's. That reference step is made in the child
and says nothing that torch's documentation does not; every task has a child of its own, so no other task ever sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autograder.judge import CheckFailed, Submission

# `module` is the submission: the file by its name, or a notebook's __main__. In the judge, where misconceptions are asked
# the same questions, neither has the loop, and nothing is touched.
SOURCE = """
import itertools, sys
module = sys.modules.get("{stem}", sys.modules["__main__"])
own = getattr(module, "{step}", None)
def made(on):
    if not hasattr(module, "{loop}"):
        return
    if on:
        module.{step} = {reference_step}
    elif own is None:
        del module.{step}
    else:
        module.{step} = own
"""


@dataclass(frozen=True)
class ErrorCarriedForward:
    """The loop's task and the step's task in the module `stem`.

    reference_step: an expression for a right step, with the stub's names for its arguments: learners call it by keyword, too.
    """

    stem: str
    loop: str
    step: str
    reference_step: str

    def grade(self, submission: Submission, attempt: Callable[[], None]) -> None:
        """Run the attempt with the submission's step and, when that fails, with torch's.

        When both fail, the second failure is told and diagnosed: it is about the loop alone.
        """
        with submission.attempt() as own:
            try:
                attempt()
                return
            except CheckFailed:
                own.discard()
        self._with_reference_step(submission, attempt)

    def _with_reference_step(self, submission: Submission, attempt: Callable[[], None]) -> None:
        switch = submission.build(SOURCE.format(**vars(self)), self.step)
        switch(True)
        try:
            attempt()
        except CheckFailed:
            switch(False)
            raise
        switch(False)


def run_cell_carried_forward(task: str) -> ErrorCarriedForward:
    """For a task of 01_rnn_cell that may call the student's own run_cell."""
    states = "itertools.accumulate(inputs, lambda state, x: cell(x, state), initial=h)"
    right = f"lambda cell, inputs, h: (lambda states: (torch.stack(states), states[-1]))([*{states}][1:])"
    return ErrorCarriedForward("rnn_cell", task, "run_cell", right)
