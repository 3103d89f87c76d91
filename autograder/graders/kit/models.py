"""Checks of model classes: parameter names and shapes, and a copy with weights that the grader chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from autograder.judge import Failed, Remote, Submission
from autograder.judge.draw import Draw
from autograder.judge.submission import names_difference


def drawn_weights(draw: Draw, shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """Random values for every parameter, biases included, of a size that shows in the outputs."""
    return {name: draw.uniform(0.9 if len(shape) == 1 else 0.7, *shape) for name, shape in shapes.items()}


def check_names(submission: Submission, class_name: str, sizes: Mapping[str, int], expected: Mapping[str, Tensor]) -> None:
    """The model has exactly these parameters, by name and shape, and each is a tensor of its own.

    expected: the reference's parameters; only names and shapes are compared.
    """
    model = submission.new(class_name, **sizes)
    found = model.parameters()
    difference = names_difference(found, expected)
    if difference:
        raise Failed(f"{class_name}(...): {difference}\nThe names come from the attributes: self.<attribute> = nn....")


def with_weights(submission: Submission, class_name: str, sizes: Mapping[str, int], weights: Mapping[str, Tensor]) -> Remote:
    """A model of the submission that holds these weights. Other names will do if the shapes come in the same order."""
    model = submission.new(class_name, **sizes)
    model.adopt(weights)
    return model
