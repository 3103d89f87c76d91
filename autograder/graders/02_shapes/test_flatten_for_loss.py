"""flatten_for_loss: outputs and labels as cross-entropy wants them."""

import torch
from torch import Tensor

from autograder.kit import CUTS_THE_GRAPH, Misconception, check, close, points

AXES = ("seq_len*batch num_classes", "seq_len*batch")


def case(draw, seq_len=None, batch=None, num_classes=None):
    sizes = draw.sizes(3)
    seq_len, batch, num_classes = seq_len or sizes[0], batch or sizes[1], num_classes or sizes[2]
    return draw.normal(seq_len, batch, num_classes), draw.indices(num_classes, seq_len, batch)


def expected(answer, outputs, labels):
    """The right pairs, in the order of rows that the answer chose; in time order when its rows are not the right ones."""
    logits, targets = outputs.flatten(0, 1), labels.flatten()
    order = row_order(answer.value, logits.detach())
    return logits[order], targets[order]


def row_order(value, logits):
    in_time = torch.arange(len(logits))
    got = value[0] if isinstance(value, list | tuple) and value else None
    if not isinstance(got, Tensor) or got.shape != logits.shape or not got.is_floating_point():
        return in_time
    order = (got.detach()[:, None] - logits[None]).abs().sum(dim=2).argmin(dim=1)  # random rows: no two are alike
    return order if torch.equal(order.sort().values, in_time) else in_time


def checked(submission, *cases):
    """The answers, each found right."""
    for args, answer in zip(cases, submission.call_many("flatten_for_loss", cases), strict=True):
        check(answer, expected(answer, *args), AXES)
        yield answer


def check_cases(submission, *cases):
    for _ in checked(submission, *cases):
        pass


@points(1)
def test_pairs_stay_together(submission, draw):
    """flatten_for_loss merges time and batch, and each prediction keeps its label."""
    check_cases(submission, case(draw), case(draw, 5, 3, 4), case(draw, 4, 4, 4))


@points(0.5)
def test_short_and_narrow(submission, draw):
    """flatten_for_loss works for one step, for one sequence, and for two classes."""
    special = (None, None, 2), (1, None, None), (None, 1, None), (1, 1, None)
    check_cases(submission, *(case(draw, *sizes) for sizes in special))


@points(0.5)
def test_gradients_flow_and_the_arguments_stay(submission, draw):
    """Gradients flow back to outputs, a second call returns the same result, and the arguments stay unchanged."""
    outputs, labels = case(draw)
    for answer in checked(submission, (outputs, labels), case(draw), (outputs, labels)):
        answer.check_unchanged()
    outputs.requires_grad_()
    answer = submission.flatten_for_loss(outputs, labels)
    check(answer, expected(answer, outputs, labels), AXES)
    logits, _ = expected(answer, outputs, labels)
    cotangent = draw.normal(*logits.shape)
    found = answer.gradients(cotangent)
    (right,) = torch.autograd.grad(logits, outputs, cotangent)
    if len(found) != 1 or found[0] is None:
        answer.fail("no gradient reaches outputs.", CUTS_THE_GRAPH)
    if found[0].shape != right.shape or not bool(close(found[0], right).all()):
        answer.fail("the values are right, but the gradient of outputs is not.")


RETURN = "return outputs.flatten(0, 1).clone(), labels.flatten(0, 1).clone()"
CLASSES = "outputs.shape[-1]"

MISCONCEPTIONS = (
    Misconception(
        "labels left as they were",
        "Only the outputs are flattened. Flatten the labels as well: cross_entropy expects one axis, (seq_len * batch,).",
        {"labels.flatten(0, 1)": "labels"},
    ),
    Misconception(
        "labels with an axis of size 1",
        "The labels have shape (seq_len * batch, 1). cross_entropy rejects the leftover axis: labels need exactly one.",
        {"labels.flatten(0, 1)": "labels.reshape(-1, 1)"},
    ),
    Misconception(
        "result of view thrown away",
        "Nothing changed: view and reshape give a new tensor. Return that one.",
        {RETURN: "outputs.view(-1, outputs.shape[-1])\n    labels.view(-1)\n    return outputs.clone(), labels.clone()"},
    ),
    Misconception(
        "classes flattened as well",
        "The outputs became one long row of numbers. Keep the last axis: one row of num_classes numbers per prediction.",
        {"outputs.flatten(0, 1)": "outputs.flatten()"},
    ),
    Misconception(
        "outputs batch by batch, labels step by step",
        "The outputs are transposed before flattening, but the labels are not, so they no longer match. Transpose neither.",
        {"outputs.flatten(0, 1)": "outputs.transpose(0, 1).flatten(0, 1)"},
    ),
    Misconception(
        "labels batch by batch, outputs step by step",
        "The labels are transposed before flattening, but the outputs are not, so they no longer match. Transpose neither.",
        {"labels.flatten(0, 1)": "labels.T.flatten()"},
    ),
    Misconception(
        "classes in front",
        "The result is (num_classes, seq_len * batch). Keep the classes on the last axis: each row is one prediction.",
        {"outputs.flatten(0, 1)": f"outputs.reshape({CLASSES}, -1)"},
    ),
    Misconception(
        "classes cut across predictions",
        "The shape is right, but a row mixes numbers of several predictions. Merge the first two axes and leave the last alone.",
        {"outputs.flatten(0, 1)": f"outputs.reshape({CLASSES}, -1).T"},
    ),
    Misconception(
        "batch merged with the classes",
        "Batch and classes were merged. Merge the first two axes, time and batch.",
        {"outputs.flatten(0, 1)": "outputs.flatten(1)"},
    ),
    Misconception(
        "another size taken for the classes",
        "The rows have the length of the batch or of the sequence. The classes are the last axis: outputs.shape[-1].",
        forms=tuple({"outputs.flatten(0, 1)": f"outputs.reshape(-1, outputs.shape[{axis}])"} for axis in (1, 0)),
    ),
    Misconception(
        "predictions instead of logits",
        "Each prediction became the index of its largest logit. The loss needs all the logits, so change only the shape.",
        {"outputs.flatten(0, 1)": "outputs.argmax(dim=-1).flatten()"},
    ),
    Misconception(
        "softmax of the outputs",
        "The outputs go through a softmax, but the loss applies the softmax itself. Change only the shape.",
        {"outputs.flatten(0, 1)": "outputs.softmax(dim=-1).flatten(0, 1)"},
    ),
    Misconception(
        "labels as one-hot vectors",
        "The labels became vectors. cross_entropy wants the index of the right class, one number per row.",
        {"labels.flatten(0, 1)": f"F.one_hot(labels.flatten(), {CLASSES}).float()"},
    ),
    Misconception(
        "labels as floats",
        "The labels became floats. Indices of classes stay int64.",
        {"labels.flatten(0, 1)": "labels.flatten().float()"},
    ),
    Misconception(
        "result detached",
        "The values are right, but the logits are detached from the graph. Leave out .detach() and .data.",
        {"outputs.flatten(0, 1)": "outputs.detach().flatten(0, 1)"},
    ),
    Misconception(
        "labels returned first",
        "The labels are returned first. Return the logits first, then the labels.",
        {RETURN: "return labels.flatten(0, 1).clone(), outputs.flatten(0, 1).clone()"},
    ),
)
