"""gru_forward: the loop over time."""

import torch

from autograder.kit import (
    ErrorCarriedForward,
    Misconception,
    check_all,
    check_gradients,
    check_pure,
    memoize,
    points,
    requires_grad,
    with_a_zero_step,
)

NEXT_LOOK = "Follow two time steps by hand: what goes into each step, what comes out of it, and what is collected."
AXES = ("seq_len batch hidden_size", "batch hidden_size")
FORBIDDEN = ("GRU", "GRUCell", "gru", "gru_cell", "_VF")
WEIGHTS = "weight_ih, weight_hh, bias_ih, bias_hh"
REFERENCE_STEP = f"lambda x, h, {WEIGHTS}: torch.gru_cell(x, h, {WEIGHTS})"
INHERITS_MISTAKES_OF = ("gru_cell_step",)
STEP = ErrorCarriedForward(stem="gru", loop="gru_forward", step="gru_cell_step", reference_step=REFERENCE_STEP)


def case(draw, seq_len=None, batch=None, input_size=None, hidden_size=None):
    given, drawn = (seq_len, batch, input_size, hidden_size), draw.sizes(4)
    seq_len, batch, input_size, hidden_size = (a or b for a, b in zip(given, drawn, strict=True))
    h = draw.uniform(1.5, batch, hidden_size)
    return draw.normal(seq_len, batch, input_size), h, *draw.weights(3, input_size, hidden_size)


@memoize
def expected(inputs, h, *weights):
    """What nn.GRU calls: one layer, one direction, biases, time first."""
    output, h_n = torch.gru(inputs, h.unsqueeze(0), list(weights), True, 1, 0.0, False, False, False)
    return output, h_n[0]


def short_and_long(draw):
    drawn = [case(draw, seq_len) for seq_len in (None, 1, 20, 50)]
    return [(with_a_zero_step(inputs), *rest) for inputs, *rest in drawn]


def check_cases(submission, *cases):
    check_all(submission.call_many("gru_forward", cases), [expected(*args) for args in cases], AXES)


@points(1)
def test_runs_the_step_over_time(submission, draw):
    """gru_forward carries h from step to step, for short and long sequences, and returns every h and the last one."""

    def attempt():
        check_cases(submission, *short_and_long(draw))

    STEP.grade(submission, attempt)


@points(1)
def test_works_for_any_sizes(submission, draw):
    """gru_forward works for a batch of 1, one feature and one hidden unit, and when sizes happen to be equal."""

    def attempt():
        special = (6, 1), (6, 4, 1), (6, 4, 3, 1), (4, 4, 4, 4), (1, 1, 1, 1), (12, 4, 4, 4)
        check_cases(submission, *(case(draw, *sizes) for sizes in special))

    STEP.grade(submission, attempt)


@points(1)
def test_looks_only_at_the_past(submission, draw):
    """No later input or other batch item affects an output, no argument is changed, and a second call returns the same result."""

    def attempt():
        inputs, h, *weights = case(draw, draw.integer(6, 9), 3)
        check_pure(submission.gru_forward, [(inputs, h, *weights), case(draw)], expected, AXES)
        later = inputs.clone()
        later[3:] += 1
        one = inputs[:, 1:2], h[1:2], *weights
        check_cases(submission, (later, h, *weights), one)

    STEP.grade(submission, attempt)


@points(1)
def test_gradients_flow_through_time(submission, draw):
    """Gradients flow back from output and h_n to all inputs, to the initial state, to weights and biases."""

    def attempt():
        names = ("inputs", "h", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
        seq_len = draw.integer(33, 36)  # also for a state that is detached now and then
        leaves = dict(zip(names, map(requires_grad, case(draw, seq_len)), strict=True))
        answer = submission.gru_forward(*leaves.values())
        check_gradients(answer, expected(*leaves.values()), leaves, draw, AXES)

    STEP.grade(submission, attempt)


CALL = "h = gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh)"
RETURN = "return torch.stack(outputs), h"
LOOP, START, APPEND = "for x in inputs:", "    outputs = []\n", "outputs.append(h)"

MISCONCEPTIONS = (
    Misconception(
        "state not carried forward",
        "Every step starts from the same h. Pass the state that a step returns to the next step.",
        {CALL: CALL.replace("h =", "n ="), APPEND: "outputs.append(n)", RETURN: RETURN.replace(", h", ", n")},
    ),
    Misconception(
        "bias_ih and bias_hh exchanged",
        "The step gets bias_hh in the place of bias_ih, and the other way round. Pass them in the order of its parameters.",
        {CALL: CALL.replace("bias_ih, bias_hh", "bias_hh, bias_ih")},
    ),
    Misconception(
        "initial state ignored",
        "The loop starts from zeros. It has to start from the h that is passed.",
        {START: START + "    h = torch.zeros_like(h)\n"},
    ),
    Misconception(
        "first input at every step",
        "Every step reads inputs[0]. Step t has to read inputs[t].",
        {CALL: CALL.replace("(x,", "(inputs[0],")},
    ),
    Misconception(
        "sequence read backwards",
        "The sequence is read backwards, and the outputs are in that order. Start with inputs[0].",
        {LOOP: "for x in inputs.flip(0):"},
    ),
    Misconception(
        "outputs in reverse",
        "Each new h is inserted at the front of the list. The output of the first step comes first.",
        {APPEND: "outputs.insert(0, h)"},
    ),
    Misconception(
        "loop over the batch",
        "The loop runs along the second axis, which is the batch. Time comes first: inputs is (seq_len, batch, input_size).",
        {LOOP: "for x in inputs.transpose(0, 1):", CALL: CALL.replace("gru_cell_step", "torch.gru_cell")},
    ),
    Misconception(
        "outputs collected before the step",
        "output holds the h that goes into each step. Append after the step, to collect the h that it returns.",
        {CALL: f"{APPEND}\n        {CALL}", f"        {APPEND}\n    return": "    return"},
    ),
    Misconception(
        "initial state among the outputs",
        "output has one h too many, the initial state. It has to start with the h after the first step.",
        {"outputs = []": "outputs = [h]"},
    ),
    Misconception(
        "last step missing",
        "The loop ends one step early. It has to run once for each of the seq_len inputs.",
        forms=(
            {LOOP: "for x in inputs[: max(1, len(inputs) - 1)]:"},
            {
            LOOP: "for x in inputs[:-1]:",
            RETURN: "outputs.append(torch.zeros_like(h))\n    return torch.stack(outputs), outputs[-1]",
        },
        ),
    ),
    Misconception(
        "only the last step",
        "output holds one step only. Collect h of every step in a list and stack the list.",
        {RETURN: "return h, h"},
    ),
    Misconception(
        "cat instead of stack",
        "torch.cat joins along an existing axis, so time and batch end up in one axis. Use torch.stack, which adds a new axis.",
        {"torch.stack(outputs)": "torch.cat(outputs)"},
    ),
    Misconception(
        "outputs stacked along the wrong axis",
        "The outputs are stacked along axis 1, which gives (batch, seq_len, hidden_size). Time comes first.",
        {"torch.stack(outputs)": "torch.stack(outputs, dim=1)"},
    ),
    Misconception(
        "outputs reshaped instead of stacked",
        "The shape is right, but reshape puts the numbers in the wrong order. Stack along axis 0 and do not reshape.",
        {"torch.stack(outputs)": "torch.stack(outputs, dim=1).reshape(len(outputs), *h.shape)"},
    ),
    Misconception(
        "outputs left as a list",
        "output is a Python list. Turn it into one tensor with a new first axis.",
        {"torch.stack(outputs)": "outputs"},
    ),
    Misconception(
        "h_n before output",
        "The results come in the order h_n, output. Return output first.",
        {RETURN: "return h, torch.stack(outputs)"},
    ),
    Misconception(
        "last state not returned",
        "The last state is missing. Return output, h_n.",
        {RETURN: "return torch.stack(outputs)"},
    ),
    Misconception(
        "last state as a pair",
        "The last state is returned as a pair. A GRU has no c_n: return output, h_n.",
        {RETURN: RETURN.replace(", h", ", (h, h)")},
    ),
    Misconception(
        "initial state returned",
        "h_n is the h that was passed. Return the h after the last step.",
        {START: START + "    first = h\n", RETURN: RETURN.replace(", h", ", first")},
    ),
    Misconception(
        "first output as h_n",
        "h_n is the h after the first step. Return the h after the last step.",
        {RETURN: RETURN.replace(", h", ", outputs[0]")},
    ),
    Misconception(
        "layer axis on the last state",
        "h_n has a layer axis, as in nn.GRU. Here it is (batch, hidden_size), as in the step.",
        {RETURN: RETURN.replace(", h", ", h.unsqueeze(0)")},
    ),
    Misconception(
        "buffer of another size",
        "The buffer for the states is made like the inputs. Its last axis is hidden_size: (seq_len, batch, hidden_size).",
        {START: "    outputs = torch.zeros_like(inputs)\n", LOOP: "for t, x in enumerate(inputs):", APPEND: "outputs[t] = h",
         "torch.stack(outputs)": "outputs"},
    ),
    Misconception(
        "first item for the whole batch",
        "Every row of the result uses the first item of the batch. Keep the batch axis.",
        {LOOP: "for x in inputs[:, :1].expand_as(inputs):"},
    ),
    Misconception(
        "state detached at every step",
        "The values are right, but the state is detached at every step, so no gradient flows back through time.",
        {CALL: CALL.replace("(x, h,", "(x, h.detach(),")},
    ),
    Misconception(
        "outputs detached",
        "The values are right, but the outputs are detached from the graph. Collect h itself, not h.detach() or h.data.",
        {APPEND: "outputs.append(h.detach())"},
    ),
)  # fmt: skip
