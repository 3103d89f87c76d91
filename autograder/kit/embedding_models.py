"""Checks of the models that are an embedding, a recurrent layer and a linear layer: EmbeddingModel, LSTMModel, GRUModel.

They differ in the layer and in the attribute that holds it, so one set of checks serves the three assignments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from autograder.judge import CheckFailed, Submission, check
from autograder.judge.draw import Draw

from .models import PairedModel, check_model_gradients, check_names, paired_model, parameters_of
from .probes import check_pure
from .training_runs import Start, Training

AXES = "batch*seq_len num_class"
DEFAULTS = {"input_size": 4, "embedding_size": 10, "hidden_size": 8, "num_layers": 2, "num_class": 4}


@dataclass(frozen=True)
class EmbeddingFamily:
    """One of the models. attribute: where it keeps its recurrent layer; layer: the layer's name in torch.nn."""

    class_name: str
    attribute: str
    layer: str

    def source(self, sizes: dict[str, int]) -> str:
        """The model as text, to be built in the judge and, for training, in the child."""
        s = DEFAULTS | sizes
        return f"""
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding({s["input_size"]}, {s["embedding_size"]})
        self.{self.attribute} = nn.{self.layer}({s["embedding_size"]}, {s["hidden_size"]}, {s["num_layers"]}, batch_first=True)
        self.fc = nn.Linear({s["hidden_size"]}, {s["num_class"]})
    def forward(self, x):
        return self.fc(self.{self.attribute}(self.emb(x))[0]).reshape(-1, {s["num_class"]})
made = Model()
"""

    def training(self, epochs: int, lr: float, grader_file: str) -> Training:
        """The training task on this model, with the lecture's sizes."""
        return Training(
            source=self.source({}),
            own=(self.class_name, dict(DEFAULTS)),
            data=_word_and_target,
            forward=lambda model, inputs: model(inputs),
            epochs=epochs,
            lr=lr,
            reduction="mean",
            starts_file=Path(grader_file).with_name("starts.json"),
        )

    # ---- the checks, one per hidden test

    def check_names(self, submission: Submission, draw: Draw) -> None:
        """The parameters by name and shape, for the default sizes and for others."""
        for sizes in (DEFAULTS, drawn_sizes(draw)):
            check_names(submission, self.class_name, sizes, parameters_of(self.source(sizes)))
        found = submission.new(self.class_name).parameters()
        right = parameters_of(self.source({}))
        if sorted(tuple(t.shape) for t in found.values()) != sorted(tuple(p.shape) for p in right.values()):
            raise CheckFailed(f"{self.class_name}(): without arguments the sizes are not those of the stub.\nKeep its signature.")

    def check_outputs(self, submission: Submission, draw: Draw) -> None:
        """Values for one word and for several words of any length."""
        for sizes, factors in sizes_and_factors(draw):
            pair = self.pair(submission, draw, sizes, factors)
            for batch, seq_len in ((1, 5), (draw.integer(2, 4), draw.integer(6, 9)), (5, 1), (1, 1)):
                x = draw.indices(sizes["input_size"], batch, seq_len)
                check(pair.model(x), pair.right(x), AXES)
            pair.model.method("eval", label="model.eval()")
            x = draw.indices(sizes["input_size"], 3, 6)
            check(pair.model(x), pair.right(x), AXES)

    def check_independence(self, submission: Submission, draw: Draw) -> None:
        """Each word of a batch is read for itself, from left to right, from a zero state in every call."""
        sizes = drawn_sizes(draw)
        pair = self.pair(submission, draw, sizes)
        x, other = draw.indices(sizes["input_size"], 3, 6), draw.indices(sizes["input_size"], 1, 7)
        check_pure(pair.model, [(x,), (other,)], pair.right, AXES)
        later = x.clone()
        later[:, 4:] = (later[:, 4:] + 1) % sizes["input_size"]
        check(pair.model(later), pair.right(later), AXES)
        alone = pair.model(x[1:2])
        check(alone, pair.right(x).reshape(3, 6, -1)[1], AXES)

    def check_gradients(self, submission: Submission, draw: Draw) -> None:
        """A gradient reaches every parameter, and it is the right one."""
        for num_layers in (1, 2):
            sizes = DEFAULTS | {"num_layers": num_layers}
            pair = self.pair(submission, draw, sizes)
            check_model_gradients(pair, draw.indices(sizes["input_size"], 2, 5), draw, AXES)

    def pair(
        self, submission: Submission, draw: Draw, sizes: dict[str, int], factors: Mapping[str, float] | None = None
    ) -> PairedModel:
        return paired_model(submission, draw, self.class_name, sizes, self.source(sizes), factors)


def drawn_sizes(draw: Draw) -> dict[str, int]:
    """Sizes that are all different, and none of them the default one, which a mistake may take instead."""
    sizes = {name: size for name, size in DEFAULTS.items() if name != "num_layers"}
    while any(size == DEFAULTS[name] for name, size in sizes.items()):
        sizes = dict(zip(sizes, draw.sizes(len(sizes), 3, 9), strict=True))
    return sizes | {"num_layers": 3}


def sizes_and_factors(draw: Draw) -> Iterator[tuple[dict[str, int], Mapping[str, float]]]:
    """Sizes of a model, and factors for its parameters."""
    yield DEFAULTS, {}
    yield drawn_sizes(draw), {"emb.weight": 6, "fc.bias": 100}  # a bound on the vectors' length or on the logits shows
    yield drawn_sizes(draw) | {"num_layers": 1}, {}


def _word_and_target(start: Start) -> tuple[Tensor, Tensor]:
    return torch.tensor([start.input_ids]), torch.tensor(start.target_ids)  # (1, seq_len) and (seq_len,)
