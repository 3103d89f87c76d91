"""The search for bad seeds: the screen computes what the graders compare, and its findings agree with the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from autograder.batch.control import InThisProcess
from autograder.child.runner import Runner
from autograder.course import Course
from autograder.judge import compare
from autograder.judge.catalogue import grader_module
from autograder.judge.draw import Draw
from autograder.judge.submission import Submission
from autograder.judge.surroundings import small_tensors
from autograder.judge.tolerances import only_this_share_of_tolerances
from autograder.kit import probes
from benchmarks.bad_seeds import __main__ as command
from benchmarks.bad_seeds import judged, search
from benchmarks.bad_seeds.judged import OTHER_FORMS, Tried, hidden_tests, tried
from benchmarks.bad_seeds.padded import FLOAT64, REFERENCE, compute, stacked
from benchmarks.bad_seeds.problems import Problem
from benchmarks.bad_seeds.questions import QUESTIONS
from benchmarks.bad_seeds.screen import screen

GRADIENTS = "03_rnn_layer/rnn_forward/test_gradients_flow_to_every_parameter"
BAD = 13599327142666  # if recurrent weights could expand, GRADIENTS would need nearly all of the tolerance on this seed


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with small_tensors():
        yield


@pytest.fixture
def calls_of_draw(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    def noting(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *args: calls.append((name, args)) or method(self, *args)

    for name in ("sizes", "integer", "permutation", "normal", "uniform", "indices"):
        monkeypatch.setattr(Draw, name, noting(name, getattr(Draw, name)))
    return calls


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch) -> list[Tensor]:
    """Whatever the judge compares with."""
    seen: list[Tensor] = []
    real = compare.close

    def close(got: Tensor, right: Tensor, *args: float, **kwargs: float) -> Tensor:
        seen.append(right.detach().double().flatten())
        return real(got, right, *args, **kwargs)

    monkeypatch.setattr(compare, "close", close)
    monkeypatch.setattr(probes, "close", close)
    return seen


def grader_of(test: str) -> Any:
    assignment, task, _ = test.split("/")
    return grader_module(Course()[assignment], task)


def screened_numbers(test: str, seed: int) -> Tensor:
    """Everything that the screen compares."""
    found = []
    for problem in QUESTIONS[test](grader_of(test), Draw(seed, test)):
        tensors = {name: stacked([value]) for name, value in problem.tensors.items()}
        cotangents = {name: stacked([value]) for name, value in problem.cotangents.items()}
        right = compute(problem, tensors, cotangents, torch.tensor([len(problem.tensors["inputs"])]), REFERENCE)
        found += [value.double().flatten() for value in right.values()]
    return torch.cat(found)


def farthest(some: Tensor, others: Tensor) -> float:
    """How far from the nearest of the others one of some numbers is, at the most."""
    others = others.sort().values
    after = torch.searchsorted(others, some).clamp(1, len(others) - 1)
    apart = torch.minimum((some - others[after]).abs(), (some - others[after - 1]).abs())
    return float((apart / (1 + some.abs())).max())


@pytest.mark.parametrize("name", OTHER_FORMS)
def test_the_screen_draws_and_compares_what_the_tests_do(name: str, calls_of_draw: list[Any], expected: list[Tensor]) -> None:
    right = judged.forms(Course()[name])["float32"]
    for test, function in hidden_tests(Course()[name]).items():
        if test not in QUESTIONS:
            continue
        calls_of_draw.clear()
        expected.clear()
        assert not tried(test, function, 5, "float32", right()).failed
        asked = list(calls_of_draw)
        calls_of_draw.clear()
        numbers = screened_numbers(test, 5)
        assert calls_of_draw == asked[: len(calls_of_draw)], test  # more may be drawn for what has no numbers, such as zeros
        compared = torch.cat([tensor for tensor in expected if bool(tensor.any())])  # init_hidden gives zeros
        assert farthest(compared, numbers) < 5e-6, test
        assert farthest(numbers, compared) < 5e-6, test


def test_where_nothing_is_screened_nothing_is_rounded() -> None:
    for name in OTHER_FORMS:
        for test in hidden_tests(Course()[name]):
            if test not in QUESTIONS and not test.startswith("02_shapes/build_and_run"):  # which is asked on weights of its own
                found = search.judge_seed((test, 7))
                assert not found.failed, found
                assert found.share < 0.01, found


def test_padding_changes_nothing() -> None:
    problems = [QUESTIONS[GRADIENTS](grader_of(GRADIENTS), Draw(seed, GRADIENTS))[0] for seed in range(6)]

    def computed(some: Sequence[Problem]) -> dict[str, Tensor]:
        tensors = {name: stacked([problem.tensors[name] for problem in some]) for name in some[0].tensors}
        cotangents = {name: stacked([problem.cotangents[name] for problem in some]) for name in some[0].cotangents}
        lengths = torch.tensor([len(problem.tensors["inputs"]) for problem in some])
        return compute(some[0], tensors, cotangents, lengths, FLOAT64)

    together = computed(problems)
    for i, problem in enumerate(problems):
        for name, alone in computed([problem]).items():
            padded = together[name][i][tuple(map(slice, alone.shape[1:]))]
            torch.testing.assert_close(padded, alone[0], rtol=1e-12, atol=1e-12)
            if name.startswith("gradient"):
                assert float(together[name][i].abs().sum()) == pytest.approx(float(alone.abs().sum()), rel=1e-12)


@pytest.mark.parametrize("test", [GRADIENTS, "01_rnn_cell/run_cell/test_takes_any_cell"])
def test_the_judge_needs_about_the_share_that_the_screen_says(test: str) -> None:
    screened = screen(test, grader_of(test), range(20))
    shares = torch.tensor([search.judge_seed((test, seed)).share for seed in range(20)])
    assert 0.5 < float((shares / screened).median()) < 1.5
    assert float((shares / screened).max()) < 3
    assert int(shares.argmax()) in screened.topk(8).indices


def test_a_seed_that_needs_nearly_all_of_the_tolerance_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def weights(self: Draw, gates: int, input_size: int, hidden_size: int) -> tuple[Tensor, ...]:
        rows, bound = gates * hidden_size, 1.5 / hidden_size**0.5
        drawn = self.uniform(bound, rows, input_size), self.uniform(bound, rows, hidden_size)
        return (*drawn, self.uniform(0.9, rows), self.uniform(0.9, rows))

    monkeypatch.setattr(Draw, "weights", weights)
    found = search.screen_chunk((GRADIENTS, range(BAD - 30, BAD + 30)))
    share, seed = found.worst[0]
    assert seed == BAD
    assert share > 0.9


@pytest.mark.parametrize(
    ("test", "seed"),
    [
        (GRADIENTS, 4145),
        (GRADIENTS, 28803),
        ("05_lstm/lstm_forward/test_gradients_flow_through_time", 5687),
        ("03_rnn_layer/RNNModel/test_forward", 4285),
    ],
)
def test_the_worst_seeds_need_little_of_the_tolerance(test: str, seed: int) -> None:
    """They needed 0.58 to 0.67 of it when an entry of a gradient was held to its own size, whatever cancelled in it.

    The last one needed 0.34 of it while the recurrent weights of a model could expand.
    """
    found = search.judge_seed((test, seed))
    assert not found.failed
    assert found.share < 0.2


OWN_LOOP = """
import torch
from torch import nn
class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)
    def forward(self, inputs):
        rnn, states = self.rnn, []
        h = inputs.new_zeros(inputs.shape[1], rnn.hidden_size)
        for x in inputs:
            h = torch.tanh(x @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + h @ rnn.weight_hh_l0.T + rnn.bias_hh_l0)
            states.append(h)
        return torch.cat(states)
"""


def test_a_model_with_a_loop_of_its_own_keeps_its_points() -> None:
    """On this seed, found by the search, it needed 1.3 of the tolerance and lost while the recurrent weights could expand."""
    test = "03_rnn_layer/RNNModel/test_forward"
    namespace: dict[str, Any] = {}
    exec(OWN_LOOP, namespace)
    submission = Submission(InThisProcess(Runner(namespace)), {})
    found = tried(test, hidden_tests(Course()["03_rnn_layer"])[test], 29329, "own loop", submission)
    assert not found.failed
    assert found.share < 0.2


def test_a_right_answer_that_loses_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["04_embedding/EmbeddingModel", "--draws", "6", "--judged", "2", "--processes", "1"]
    assert command.main(argv) == 0
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [(row[1], row[5], row[-1]) for row in rows] == [("0", "2", "0"), *[("6", "2", "0")] * 3]
    with only_this_share_of_tolerances(0.001):
        assert command.main(argv) == 1
    assert [line.split(" | ")[-1] for line in capsys.readouterr().out.splitlines()[2:]] == ["0 |", "2 |", "2 |", "2 |"]


def test_a_lost_test_is_worse_than_any_share() -> None:
    lost, close = Tried("one", 7, 0.0, "float64", failed=True), Tried("one", 7, 0.9, "float32")
    assert max(lost, close, key=Tried.badness) is lost


def test_a_search_that_was_killed_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CHUNK", 4)
    file = tmp_path / "progress.jsonl"
    argv = ["06_gru/gru_cell_step/test_follows", "--draws", "12", "--judged", "3", "--processes", "1", "--progress", str(file)]
    assert command.main(argv) == 0
    whole, lines = capsys.readouterr().out, file.read_text().splitlines(keepends=True)
    assert len(lines) == 3 + 3
    file.write_text("".join(lines[:2]) + lines[2][:20])
    assert command.main(argv) == 0
    assert capsys.readouterr().out == whole
    assert sorted(file.read_text().splitlines()[-4:]) == sorted(line.strip() for line in lines[2:])
