"""What a hidden test holds of the submission: answers to calls, and objects that stay in the child."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from torch import Tensor

from autograder.protocol.replies import DEFAULT_DTYPE, GRAD_MODE, REQUIRES_GRAD
from autograder.protocol.requests import Attributes, Gradients, Parameters, Request, SetParameters

from .failures import CheckFailed
from .parameter_names import NamedParameters, matched_names, names_difference

NEW_TENSOR = "Make a new tensor instead of writing into the one you were given."
SWITCHED = {
    REQUIRES_GRAD: (
        "it switches requires_grad of one of its arguments.",
        "The tensor belongs to the caller. Leave requires_grad_() out: gradients flow without it.",
    ),
    DEFAULT_DTYPE: (
        "it calls torch.set_default_dtype, so from then on all new tensors have that type, in the caller's code as well.",
        "Give dtype=... to the one tensor that needs it.",
    ),
    GRAD_MODE: (
        "it switches gradients on or off for everything that comes later.",
        "Write `with torch.no_grad():` around the lines that need it.",
    ),
}


class Owner(Protocol):
    """What an answer or an object needs of the submission that it comes from."""

    last_call: str  # the call whose graph the child still has

    @property
    def words(self) -> frozenset[str]: ...

    def ask(self, request: Request, label: str) -> Any: ...

    def call_target(self, name: str, args: Sequence[Any] = (), *, handle: str | None = None, label: str = "") -> Answer: ...


@dataclass(frozen=True)
class Answer:
    """The result of a call. label: the call as the student would write it."""

    submission: Owner
    label: str
    value: Any
    changed_inputs: bool
    switched: Sequence[str]  # settings that are not as they were before, see SWITCHED
    call_id: str
    again: Callable[[], Answer]  # makes the same call again

    def gradients(self, *cotangents: Tensor, parameters_of: Sequence[RemoteObject] = ()) -> list[Tensor | None]:
        """Gradients of sum(output * cotangent) with respect to the call's inputs that require one, then the parameters.

        Use it before the next call, because the child keeps only the last call's graph; otherwise it raises RuntimeError.
        """
        if self.submission.last_call != self.call_id:
            raise RuntimeError(f"the gradients of {self.label} are asked for after another call")
        request = Gradients(cotangents, [remote.handle for remote in parameters_of])
        found: list[Tensor | None] = self.submission.ask(request, f"the gradients of {self.label}")
        return found

    def check_unchanged(self, text: str = "it changed one of its arguments.", hint: str = NEW_TENSOR) -> None:
        """Fail when the call left an argument, or a setting of torch, in another state than it found it."""
        for setting in self.switched:
            self.fail(*SWITCHED[setting])
        if self.changed_inputs:
            self.fail(text, hint)

    def fail(self, text: str, hint: str = "", mistake: str | None = None) -> NoReturn:
        raise CheckFailed(f"{self.label}: {text}" + (f"\n{hint}" if hint else ""), mistake=mistake)


@dataclass(frozen=True)
class RemoteObject:
    """An object in the child, known here by its handle."""

    submission: Owner
    handle: str
    label: str

    def __call__(self, *args: Any) -> Answer:
        return self.method("", *args, label=f"{self.label}(...)")

    def method(self, name: str, *args: Any, label: str = "") -> Answer:
        """Call a method by its name; '' calls the object itself."""
        return self.submission.call_target(name, args, handle=self.handle, label=label or f"{self.label}.{name}(...)")

    def parameters(self) -> NamedParameters:
        """Names and values of the parameters, in the model's order."""
        label = f"the parameters of {self.label}"
        found = NamedParameters(self.submission.words)
        for name, value in self.submission.ask(Parameters(self.handle), label).items():
            if not isinstance(value, Tensor):
                raise CheckFailed(f"{label}: {found.shown(name)} is not an ordinary tensor.")
            found[name] = value
        return found

    def set_parameters(self, values: Mapping[str, Tensor]) -> None:
        """Write values into the parameters; raises CheckFailed with both lists when names or shapes differ."""
        self._write(self.parameters(), values)

    def adopt(self, values: Mapping[str, Tensor]) -> dict[str, str]:
        """As set_parameters, but other names are accepted when the shapes have the same order: another test checks names.

        Returns the model's name for each of our names.
        """
        found = self.parameters()
        names = matched_names(found, values)
        self._write(found, {names.get(name, name): value for name, value in values.items()})
        return names

    def _write(self, found: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
        difference = names_difference(found, values)
        if difference:
            raise CheckFailed(f"{self.label}: {difference}")
        self.submission.ask(SetParameters(self.handle, values), f"setting the parameters of {self.label}")

    def attributes(self, *names: str) -> dict[str, Any]:
        found: dict[str, Any] = self.submission.ask(Attributes(self.handle, names), f"the attributes of {self.label}")
        return found
