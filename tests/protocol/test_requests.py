"""Requests and replies over the wire: what one side writes the other reads, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from autograder.child.runner import Runner
from autograder.protocol.replies import Batched, Error, Loaded, Made, MalformedMessage, Ok, Returned, Skipped
from autograder.protocol.requests import (
    Attributes,
    Batch,
    Build,
    Call,
    Gradients,
    Load,
    New,
    Operators,
    Parameters,
    SetParameters,
    answer_from_wire,
    request_from_wire,
)
from autograder.protocol.values import Handle, Odd

X = torch.tensor([1.0, 2.0])
CALL = Call("step", [X, 2], "r1", {"h": None})
LOAD = Load("notebook", "rnn_cell", ["a = 1", "b = 2"], {"tools": "c = 3"}, ["step"])
REQUESTS = {
    "load": LOAD,
    "a call": CALL,
    "a method": Call("forward", [X], "r2", {}, "o1"),
    "a batch": Batch([CALL.to_wire(), Parameters("o1").to_wire()]),
    "gradients": Gradients([X], ["o1"]),
    "new": New("Model", "o1", {"size": 3}),
    "build": Build("made = x", "o2", {"x": X}),
    "build with parameters": Build("made = x", "o2", {"x": 1}, {"weight": X}),
    "parameters": Parameters("o1"),
    "set parameters": SetParameters("o1", {"weight": X}),
    "attributes": Attributes("o1", ["hidden_size"]),
    "operators": Operators(CALL, ["lstm_cell"]),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS.keys())
def test_a_request_is_read_as_it_was_written(request_: Any) -> None:
    header, blobs = request_.to_wire()
    read = request_from_wire(json.loads(json.dumps(header)), blobs, {"o1": None})
    assert type(read) is type(request_)
    assert read.to_wire() == (header, blobs)


def test_what_an_answer_is_compared_by_stays_with_the_judge() -> None:
    assert Call("train", [], "r1", compare_values=False).to_wire() == Call("train", [], "r1").to_wire()


def test_no_other_request_is_read() -> None:
    with pytest.raises(MalformedMessage):
        request_from_wire({"op": "run"}, [], {})


EXCEPTION = Error("exception", type="ValueError", text="no", place="rnn_cell.py", line=3)
REPLIES = {
    "loaded": (LOAD, Loaded((Skipped("cell 2", 3, EXCEPTION), Skipped("cell 3", 1, Error("memory"), True, 8)), ("step",))),
    "a value": (CALL, Returned((1, "x", None), (0, 2), True)),
    "a switched setting": (CALL, Returned(None, switched=("default dtype",))),
    "an object": (CALL, Returned(Handle("r1.0", "Model"))),
    "made": (REQUESTS["new"], Made(True, "Model")),
    "nothing": (REQUESTS["build"], None),
    "no gradient": (REQUESTS["gradients"], [None]),
    "attributes": (REQUESTS["attributes"], {"hidden_size": 4}),
    "operators": (REQUESTS["operators"], ["lstm_cell"]),
    "replies": (REQUESTS["a batch"], Batched([({"ok": 1}, [b"x"]), ({"error": {}}, [])])),
}


@pytest.mark.parametrize(("request_", "result"), REPLIES.values(), ids=REPLIES.keys())
def test_a_result_is_read_as_it_was_written(request_: Any, result: Any) -> None:
    header, blobs = Ok(result).to_wire()
    found = answer_from_wire(request_, json.loads(json.dumps(header)), blobs)
    assert found == Ok(list(result.replies) if isinstance(result, Batched) else result)


def test_tensors_are_read_as_they_were_written() -> None:
    header, blobs = Ok(Returned([X, {"y": X}])).to_wire()
    value = answer_from_wire(CALL, header, blobs).result.value
    assert torch.equal(value[0], X)
    assert torch.equal(value[1]["y"], X)
    header, blobs = Ok([("weight", X), ("lazy", Odd("a tensor"))]).to_wire()
    with pytest.raises(MalformedMessage):  # an Odd is described by the side that has it
        answer_from_wire(CALL, header, blobs)


ERRORS = (
    EXCEPTION,
    Error("memory"),
    Error("names"),
    Error("missing", name="step"),
    Error("not_callable", name="step", type="int"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.kind)
def test_an_error_is_read_as_it_was_written(error: Error) -> None:
    assert answer_from_wire(CALL, {"error": error.to_wire()}, []) == error


TENSOR = ["tensor", "float32", [2], 0, False]
BYTES = bytes(8)


def value(node: Any, **others: Any) -> dict[str, Any]:
    return {"ok": {"value": node, "changed": [], "containers_changed": False, "switched": [], **others}}


EXACT = EXCEPTION.to_wire()
MALFORMED = {
    "no reply": (CALL, {}, []),
    "an operator that nobody asked about": (REQUESTS["operators"], {"ok": ["list", [["str", "relu"]]]}, []),
    "operators that are no list": (REQUESTS["operators"], {"ok": ["str", "lstm_cell"]}, []),
    "a result and an error": (CALL, {**value(["none"]), "error": EXACT}, []),
    "a key too many": (CALL, {**value(["none"]), "score": 3}, []),
    "a key of the result too many": (CALL, value(["none"], score=3), []),
    "no record": (CALL, {"ok": ["value", "changed", "containers_changed", "switched"]}, []),
    "a surplus blob": (CALL, value(TENSOR), [BYTES, BYTES]),
    "a blob without a tensor": (CALL, value(["none"]), [BYTES]),
    "a blob used twice": (CALL, value(["list", [TENSOR, TENSOR]]), [BYTES]),
    "a blob that is missing": (CALL, value(TENSOR), []),
    "changed that is no list": (CALL, value(["none"], changed=True), []),
    "changed that are no numbers": (CALL, value(["none"], changed=["0"]), []),
    "containers that are neither": (CALL, value(["none"], containers_changed=1), []),
    "a setting that is none of ours": (CALL, value(["none"], switched=["hidden"]), []),
    "settings that are no list": (CALL, value(["none"], switched="grad mode"), []),
    "an error with a blob": (CALL, {"error": EXACT}, [BYTES]),
    "an error that is a list": (CALL, {"error": []}, []),
    "an error of an unhashable kind": (CALL, {"error": {"kind": []}}, []),
    "an error of no kind": (CALL, {"error": {"kind": "odd"}}, []),
    "an error with a part too many": (CALL, {"error": {**EXACT, "name": "step"}}, []),
    "an error with a long text": (CALL, {"error": {**EXACT, "text": "x" * 3000}}, []),
    "a line that is none": (CALL, {"error": {**EXACT, "line": "3"}}, []),
    "another name is missing": (CALL, {"error": {"kind": "missing", "name": "leak"}}, []),
    "a name is missing where none was asked for": (REQUESTS["parameters"], {"error": {"kind": "missing", "name": "leak"}}, []),
    "a task that was not asked for": (LOAD, {"ok": {"skipped": [], "missing": ["leak"]}}, []),
    "a skipped statement without a place": (LOAD, {"ok": {"skipped": [EXACT], "missing": []}}, []),
    "a blob of a load": (LOAD, {"ok": {"skipped": [], "missing": []}}, [BYTES]),
    "a blob of a new object": (REQUESTS["new"], {"ok": {"module": True, "type": "Model"}}, [BYTES]),
    "a module that is a number": (REQUESTS["new"], {"ok": {"module": 1, "type": "Model"}}, []),
    "a result where there is none": (REQUESTS["build"], {"ok": ["int", 1]}, []),
    "gradients that are none": (REQUESTS["gradients"], {"ok": ["list", [["int", 1]]]}, []),
    "parameters without names": (REQUESTS["parameters"], {"ok": ["list", [TENSOR]]}, [BYTES]),
    "two parameters of one name": (REQUESTS["parameters"], {"ok": ["list", [["tuple", [["str", "w"], ["odd", "x"]]]] * 2]}, []),
    "a parameter that is a number": (REQUESTS["parameters"], {"ok": ["list", [["tuple", [["str", "w"], ["int", 1]]]]]}, []),
    "other attributes": (REQUESTS["attributes"], {"ok": ["dict", [[["str", "leak"], ["int", 1]]]]}, []),
    "replies to no request": (REQUESTS["a batch"], {"ok": [[{}, 0]] * 3}, []),
    "more blobs than replies say": (REQUESTS["a batch"], {"ok": [[{}, 0]]}, [BYTES]),
    "fewer blobs than replies say": (REQUESTS["a batch"], {"ok": [[{}, 2]]}, [BYTES]),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "header", "blobs"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_no_honest_child_says_is_malformed(request_: Any, header: dict[str, Any], blobs: list[bytes]) -> None:
    with pytest.raises(MalformedMessage):
        answer_from_wire(request_, header, blobs)


SOURCE = """
import torch
from torch import nn

def step(x, n, h=None):
    x += 1
    return x * n, [h]

class Model(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size, self.weight = size, nn.Parameter(torch.zeros(2))

    def forward(self, x):
        return x * self.weight
"""
CARRIED_OUT = [
    (CALL, lambda r: torch.equal(r.value[0], 2 * (X + 1)) and r.changed == (0,)),
    (REQUESTS["new"], lambda r: r == Made(True, "Model")),
    (SetParameters("o1", {"weight": X}), lambda r: r is None),
    (Parameters("o1"), lambda r: torch.equal(r["weight"], X)),
    (Attributes("o1", ["size", "absent"]), lambda r: r == {"size": 3, "absent": None}),
    (Call("", [X], "r3", {}, "o1"), lambda r: torch.equal(r.value, X * X)),
    (Gradients([torch.ones(2)], ["o1"]), lambda r: torch.equal(r[0], X)),
    (Build("made = lambda: x", "o2", {"x": 5}), lambda r: r is None),
    (Call("", [], "r4", {}, "o2"), lambda r: r.value == 5),
    (Batch([Call("", [], "r5", {}, "o2").to_wire()] * 2), lambda r: len(r) == 2),
]  # fmt: skip


def test_the_runner_carries_every_request_out() -> None:
    namespace: dict[str, Any] = {"__name__": "submission"}
    exec(SOURCE, namespace)
    runner = Runner(namespace)
    for request, holds in CARRIED_OUT:
        reply = answer_from_wire(request, *runner.execute(*request.to_wire()))
        assert isinstance(reply, Ok), reply
        assert holds(reply.result), request
