"""What a student reads when a request failed: the process ended, or the reply is an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from autograder import results
from autograder.protocol.replies import Error, Skipped
from autograder.sandbox import ChildEnded
from autograder.sanitize import one_line

from .error_text import error_type, explain, hint_for, shown_text
from .failures import CheckFailed, NotDefined, NotWritten, TaskAborted

Lines = Mapping[str, Sequence[str]]  # the submission's source by file or cell name, to quote from

MEMORY_HINT = "Look for tensors that grow in a loop, or sizes that are multiplied by mistake."
PROTOCOL_MESSAGE = (
    "The grader and your code lost touch: something in the submission writes to the grader's own channel or replaces parts of "
    "Python that it needs. Remove code that opens file descriptors or patches builtins."
)
ENDINGS = {
    results.CRASHED: "{label} ended the whole process ({detail}). Look for os._exit, exit() or a crash in native code.",
    results.TIME_LIMIT: "{label} did not finish: {detail}. The reference needs less than a second: does a loop not end, or is "
    "the work done in many more steps than it needs?",
    results.MEMORY_LIMIT: "{label} asked for more memory than the grader allows. {memory_hint}",
    results.OUTPUT_LIMIT: "{label} printed too much ({detail}). Remove prints inside loops.",
    results.PROTOCOL_VIOLATION: PROTOCOL_MESSAGE,
}


def ending_message(end: ChildEnded, label: str) -> str:
    """What a student reads when their process ended instead of answering."""
    if end.idle:
        return f"{label} did not finish: {end.detail}. Look for input(), sleep() or a wait for another thread."
    return ENDINGS[end.verdict].format(label=label, detail=one_line(end.detail, 100), memory_hint=MEMORY_HINT)


SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")  # nothing of the cell has run


def raise_load_error(error: Error, lines: Lines) -> NoReturn:
    """Raise TaskAborted for a submission that did not load."""
    if error.kind == "memory":
        raise TaskAborted(results.MEMORY_LIMIT, f"Loading your file took more memory than the grader allows. {MEMORY_HINT}")
    raise TaskAborted(results.LOAD_ERROR, f"Your file cannot be loaded: {explain(error, lines, hidden_inputs=False)}.")


def raise_error(error: Error, label: str, lines: Lines, skipped: Sequence[Skipped]) -> NoReturn:
    """A request was not carried out. label: the call as the student would write it."""
    if error.kind == "memory":
        raise TaskAborted(results.MEMORY_LIMIT, f"{label} asked for more memory than the grader allows. {MEMORY_HINT}")
    if error.kind == "missing":
        raise NotDefined(_missing(error.name, label, lines, skipped))
    if error.kind == "not_callable":
        raise CheckFailed(f"{label}: {one_line(error.name, 60)} is not a function or a class.")
    if error.kind == "not_a_module":
        raise CheckFailed(f"{label}: expected a torch.nn.Module, found an object of another class.")
    if error.kind == "names":
        raise CheckFailed(f"{label}: the parameters changed their names or shapes.")
    if error.type == "NotImplementedError" and 'missing the required "forward"' in error.text:
        raise CheckFailed(f"{label}: the class has no method forward. Define it in the class, beside __init__ and not inside it.")
    if error.type == "NotImplementedError":
        raise NotWritten(f"{label}: not written yet. Replace `raise NotImplementedError()` when you start this task.")
    hint = hint_for(shown_text(error, lines)) or (_skipped_hint(skipped, lines) if error.type == "NameError" else "")
    raised = f"{error.type}: {error.text}"
    raise CheckFailed(f"{label} raised {explain(error, lines, hidden_inputs=True)}.", hint=hint, raised=raised)


def _skipped_hint(skipped: Sequence[Skipped], lines: Lines) -> str:
    """Name the skipped statement that may have defined a missing name."""
    return f"Is it because {skipped_text(skipped[0], lines)}?" if skipped else ""


def skipped_text(statement: Skipped, lines: Lines) -> str:
    """`line 88 of rnn_cell.py was skipped: FileNotFoundError ([Errno 2] ...)`, from before any hidden input existed."""
    error, place = statement.error, statement.place if statement.place in lines else "your file"
    what = "it took too long" if statement.timed_out else "MemoryError"
    if error.kind == "exception" and not statement.timed_out:
        text = one_line(error.text, 150)
        what = error_type(error) + (f" ({text})" if text else "")
    return f"line {statement.line} of {place} was skipped: {what}"


def _gives(line: str, name: str) -> bool:
    """Whether the line defines or imports `name`."""
    return f"def {name}" in line or f"class {name}" in line or ("import " in line and name in line)


def _missing(name: str, label: str, lines: Lines, skipped: Sequence[Skipped]) -> str:
    name = one_line(name, 60)
    for statement in skipped:
        text = lines.get(statement.place, ())
        lost = text if statement.error.type in SYNTAX_ERRORS else text[statement.line - 1 : statement.line]
        if any(_gives(line, name) for line in lost):
            return f"{name} is not defined: its cell raised {explain(statement.error, lines, hidden_inputs=False)}."
    if "." in label.removesuffix("(...)"):
        return f"{label}: there is no method {name}. Keep the names of the stub."
    return f"{name} is not defined in your submission. Keep the name of the stub and define it at the top level."
