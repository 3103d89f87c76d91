"""The problems of each hidden test with rounding, drawn as the test draws them.

A unit test checks them against the graders: the same calls of `Draw` in the same order, and the same values compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import torch

from autograder.judge.draw import Draw
from autograder.kit import with_a_zero_step

from . import modules
from .modules import Ask, family_tests
from .problems import Problem, drawn_like, loop, output_shape, stack, step

Change = Callable[[torch.Tensor], torch.Tensor]
EVERYTHING = ("inputs", "states", "weights")


# ---- a step


def follows_the_equation(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    return [step(kind, args) for args in (grader.case(draw), grader.case(draw), grader.saturated(draw))]


def any_sizes_of_a_step(kind: str, large: Sequence[Any], grader: ModuleType, draw: Draw) -> list[Problem]:
    one_unit = () if kind == "rnn" else ((None, None, 1),)
    special = (1, None, None), (None, 1, None), *one_unit, (4, 4, 4), (1, 3, 1), large
    return [step(kind, grader.case(draw, *sizes)) for sizes in special]


def gradients_of_a_step(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    problem = step(kind, grader.case(draw))
    return [problem.gradients(EVERYTHING, *drawn_like(draw, problem))]


def step_keeps_nothing(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    x, state, *weights = grader.case(draw)
    other_x, other = draw.normal(*x.shape), state
    if kind == "lstm":
        other = tuple(draw.uniform(0.9, *part.shape) for part in state)
    elif kind != "rnn":
        other = draw.uniform(0.9, *state.shape)
    return [step(kind, args) for args in ((x, state, *weights), (other_x, other, *weights), grader.case(draw))]


def step_tests(kind: str, large: Sequence[Any], equation: str = "test_follows_the_equations") -> Mapping[str, Ask]:
    return {
        equation: partial(follows_the_equation, kind),
        "test_works_for_any_sizes": partial(any_sizes_of_a_step, kind, large),
        "test_gradients_flow_to_every_weight": partial(gradients_of_a_step, kind),
        "test_keeps_nothing_and_changes_nothing": partial(step_keeps_nothing, kind),
    }


# ---- a loop over time, of an LSTM or a GRU


def runs_the_step(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    saturated = [grader.saturated] if kind == "lstm" else []
    return [loop(kind, args) for args in (*grader.short_and_long(draw), *(case(draw) for case in saturated))]


def any_sizes_of_a_loop(kind: str, large: Sequence[Any], grader: ModuleType, draw: Draw) -> list[Problem]:
    special = (6, 1), (6, 4, 1), (6, 4, 3, 1), (4, 4, 4, 4), (1, 1, 1, 1), large
    return [loop(kind, grader.case(draw, *sizes)) for sizes in special]


def loop_looks_at_the_past(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    inputs, *rest = grader.case(draw, draw.integer(6, 9), 3)
    return [loop(kind, args) for args in ((inputs, *rest), grader.case(draw), (changed_later(inputs), *rest))]


def gradients_of_a_loop(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    problem = loop(kind, grader.case(draw, draw.integer(33, 36)))
    return [problem.gradients(EVERYTHING, *drawn_like(draw, problem))]


def loop_tests(kind: str, large: Sequence[Any]) -> Mapping[str, Ask]:
    return {
        "test_runs_the_step_over_time": partial(runs_the_step, kind),
        "test_works_for_any_sizes": partial(any_sizes_of_a_loop, kind, large),
        "test_looks_only_at_the_past": partial(loop_looks_at_the_past, kind),
        "test_gradients_flow_through_time": partial(gradients_of_a_loop, kind),
    }


def changed_later(inputs: torch.Tensor) -> torch.Tensor:
    return torch.cat([inputs[:3], inputs[3:] + 1])


# ---- 01: cells


def runs_the_cell(grader: ModuleType, draw: Draw) -> list[Problem]:
    cases = [grader.case(draw, *sizes) for sizes in ((None, None), (1, None), (20, 1), (50, 2), (5, 5))]
    return [loop("rnn", (with_a_zero_step(inputs), h, *weights)) for weights, inputs, h in cases]


def any_cell(grader: ModuleType, draw: Draw) -> list[Problem]:
    batch, input_size, hidden_size = draw.sizes(3)
    seq_len = draw.integer(33, 36)
    weights = draw.weights(1, input_size, hidden_size)[:2]
    inputs, h = draw.normal(seq_len, batch, input_size), draw.normal(batch, hidden_size)
    odd = loop("odd", (inputs, h, *weights, torch.zeros(hidden_size), torch.zeros(hidden_size)))
    odd = odd.gradients(("inputs", "states"), *drawn_like(draw, odd))
    cell, inputs, h = grader.case(draw)
    plain = loop("rnn", (inputs, h, *cell))
    return [odd, plain.gradients(("weights",), *drawn_like(draw, plain))]


def cell_looks_at_the_past(grader: ModuleType, draw: Draw) -> list[Problem]:
    weights, inputs, h = grader.case(draw, draw.integer(6, 9))
    return [loop("rnn", (x, h, *weights)) for x in (inputs, changed_later(inputs))]


def stacked_cells(settings: Sequence[Sequence[Any]], change: Change, grader: ModuleType, draw: Draw) -> list[Problem]:
    cases = [grader.case(draw, *sizes) for sizes in settings]
    return [stack(change(inputs), states, [one, two]) for one, two, inputs, *states in cases]


def gradients_of_stacked_cells(grader: ModuleType, draw: Draw) -> list[Problem]:
    one, two, inputs, *states = grader.case(draw, draw.integer(33, 36))
    problem = stack(inputs, states, [one, two])
    return [problem.gradients(("inputs", "states"), *drawn_like(draw, problem))]


# ---- 03: layers


def layers(case: tuple[Any, ...]) -> Problem:
    inputs, h_0, parameters, num_layers = case
    values = list(parameters.values())
    return stack(inputs, list(h_0), [values[4 * k : 4 * k + 4] for k in range(num_layers)])


def layer_values(settings: Sequence[Sequence[Any]], grader: ModuleType, draw: Draw) -> list[Problem]:
    cases = [grader.case(draw, *setting) for setting in settings]
    return [layers((with_a_zero_step(inputs), *rest)) for inputs, *rest in cases]


def layer_gradients(grader: ModuleType, draw: Draw) -> list[Problem]:
    problem = layers(grader.case(draw, 3, draw.integer(33, 36)))
    output, h_n = draw.normal(*output_shape(problem)), draw.normal(3, *problem.tensors["h0"].shape)
    return [problem.gradients(EVERYTHING, output, *h_n)]


def layers_look_at_the_past(grader: ModuleType, draw: Draw) -> list[Problem]:
    (inputs, *rest), second = grader.case(draw, 2, draw.integer(6, 9), 3), grader.case(draw, 1)
    other = inputs.clone()
    other[:, 1:] += 1
    return [layers(case) for case in ((inputs, *rest), second, (changed_later(inputs), *rest), (other, *rest))]


STACKED = (None, None, None), (None, 1, None), (5, 5, (5, 5, 5))
LECTURE = [(seq_len, 3, (100, 30, 20)) for seq_len in (10, 1, 50)]
ONE_LAYER = (1, 4, 3, 5, 5), (1,), (1, 1), (1, 20, 1), (1, 50, 2, 1), (1, None, None, None, 1)
LAYERS = (2, 4, 3, 5, 5), (2,), (3, None, 1), (4, 1), (2, 20, 2), (3, 3, 3, 3, 3)
TASKS: dict[str, Mapping[str, Ask]] = {
    "01_rnn_cell/rnn_cell_step": step_tests("rnn", (None, 20, 30), "test_follows_the_equation"),
    "01_rnn_cell/run_cell": {
        "test_runs_the_cell_over_time": runs_the_cell,
        "test_takes_any_cell": any_cell,
        "test_looks_only_at_the_past": cell_looks_at_the_past,
    },
    "01_rnn_cell/run_stacked_cells": {
        "test_second_cell_reads_the_new_state": partial(stacked_cells, STACKED, with_a_zero_step),
        "test_sizes_of_the_lecture": partial(stacked_cells, LECTURE, torch.clone),
        "test_gradients_flow_through_both_cells": gradients_of_stacked_cells,
    },
    "01_rnn_cell/RNNCellModel": {
        "test_parameter_names": modules.names_of_the_cell_model,
        "test_forward": modules.cell_model_forward,
        "test_init_hidden": modules.zero_state,
    },
    "03_rnn_layer/rnn_forward": {
        "test_one_layer_follows_the_equation": partial(layer_values, ONE_LAYER),
        "test_layers_are_stacked": partial(layer_values, LAYERS),
        "test_gradients_flow_to_every_parameter": layer_gradients,
        "test_looks_only_at_the_past": layers_look_at_the_past,
    },
    "03_rnn_layer/RNNModel": {
        "test_forward": modules.layer_model_forward,
        "test_several_layers": modules.layer_model_with_layers,
        "test_every_call_starts_anew": modules.layer_model_anew,
    },
    "04_embedding/EmbeddingModel": family_tests(
        "rnn", "test_forward", "test_every_word_is_read_for_itself", "test_gradients_flow_to_every_parameter"
    ),
    "05_lstm/lstm_cell_step": step_tests("lstm", (16, 4, 16)),
    "05_lstm/lstm_forward": loop_tests("lstm", (16, 4, 4, 4)),
    "05_lstm/LSTMModel": family_tests("lstm", "test_logits", "test_states_start_at_zero", "test_gradients_reach_every_parameter"),
    "06_gru/gru_cell_step": step_tests("gru", (12, 4, 12)),
    "06_gru/gru_cell_step_paper": step_tests("paper", (8, 4, 4)),
    "06_gru/gru_forward": loop_tests("gru", (12, 4, 4, 4)),
    "06_gru/GRUModel": family_tests("gru", "test_logits", "test_state_starts_at_zero", "test_gradients_reach_every_parameter"),
}
QUESTIONS: dict[str, Ask] = {f"{task}/{name}": ask for task, asks in TASKS.items() for name, ask in asks.items()}
