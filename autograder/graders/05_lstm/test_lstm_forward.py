"""lstm_forward: the loop over time."""

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
    saturating,
    with_a_zero_step,
)

NEXT_LOOK = "Follow two time steps by hand: what goes into each step, what comes out of it, and what is collected."
AXES = ("seq_len batch hidden_size", ("batch hidden_size", "batch hidden_size"))
FORBIDDEN = ("LSTM", "LSTMCell", "lstm", "lstm_cell", "_VF")
WEIGHTS = "weight_ih, weight_hh, bias_ih, bias_hh"
REFERENCE_STEP = f"lambda x, state, {WEIGHTS}: torch.lstm_cell(x, state, {WEIGHTS})"
INHERITS_MISTAKES_OF = ("lstm_cell_step",)
STEP = ErrorCarriedForward(stem="lstm", loop="lstm_forward", step="lstm_cell_step", reference_step=REFERENCE_STEP)


def case(draw, seq_len=None, batch=None, input_size=None, hidden_size=None):
    given, drawn = (seq_len, batch, input_size, hidden_size), draw.sizes(4)
    seq_len, batch, input_size, hidden_size = (a or b for a, b in zip(given, drawn, strict=True))
    state = draw.uniform(0.9, batch, hidden_size), draw.uniform(2.0, batch, hidden_size)
    return draw.normal(seq_len, batch, input_size), state, *draw.weights(4, input_size, hidden_size)


def saturated(draw):
    """Inputs and a c so large that a clamp shows: some h comes close to 1, and c matters where it is larger than 5."""
    while True:
        inputs, (h, c), *weights = case(draw, 20)
        inputs, c = saturating(inputs, weights[0]), 6 * c
        output, clamped = (expected(inputs, (h, start), *weights)[0] for start in (c, c.clamp(-5, 5)))
        if output.abs().max() > 0.95 and (output - clamped).abs().max() > 1e-3:
            return inputs, (h, c), *weights


@memoize
def expected(inputs, state, *weights):
    """What nn.LSTM calls: one layer, one direction, biases, time first."""
    first = [part.unsqueeze(0) for part in state]
    output, h_n, c_n = torch.lstm(inputs, first, list(weights), True, 1, 0.0, False, False, False)
    return output, (h_n[0], c_n[0])


def short_and_long(draw):
    drawn = [case(draw, seq_len) for seq_len in (None, 1, 20, 50)]
    return [(with_a_zero_step(inputs), *rest) for inputs, *rest in drawn]


def check_cases(submission, *cases):
    check_all(submission.call_many("lstm_forward", cases), [expected(*args) for args in cases], AXES)


@points(2)
def test_runs_the_step_over_time(submission, draw):
    """lstm_forward carries h and c from step to step, for short and long sequences, and returns every h and both last states."""

    def attempt():
        check_cases(submission, *short_and_long(draw), saturated(draw))

    STEP.grade(submission, attempt)


@points(1)
def test_works_for_any_sizes(submission, draw):
    """lstm_forward works for a batch of 1, one feature and one hidden unit, and when sizes happen to be equal."""

    def attempt():
        special = (6, 1), (6, 4, 1), (6, 4, 3, 1), (4, 4, 4, 4), (1, 1, 1, 1), (16, 4, 4, 4)
        check_cases(submission, *(case(draw, *sizes) for sizes in special))

    STEP.grade(submission, attempt)


@points(1)
def test_looks_only_at_the_past(submission, draw):
    """No later input or other batch item affects an output, no argument is changed, and a second call returns the same result."""

    def attempt():
        inputs, state, *weights = case(draw, draw.integer(6, 9), 3)
        check_pure(submission.lstm_forward, [(inputs, state, *weights), case(draw)], expected, AXES)
        later = inputs.clone()
        later[3:] += 1
        one = inputs[:, 1:2], tuple(part[1:2] for part in state), *weights
        check_cases(submission, (later, state, *weights), one)

    STEP.grade(submission, attempt)


@points(1)
def test_gradients_flow_through_time(submission, draw):
    """Gradients flow back from output, h_n and c_n to all inputs, to both initial states, to weights and biases."""

    def attempt():
        inputs, state, *weights = case(draw, draw.integer(33, 36))  # also for a state that is detached now and then
        names = ("inputs", "h_0", "c_0", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
        leaves = dict(zip(names, map(requires_grad, (inputs, *state, *weights)), strict=True))
        inputs, h, c, *weights = leaves.values()
        answer = submission.lstm_forward(inputs, (h, c), *weights)
        check_gradients(answer, expected(inputs, (h, c), *weights), leaves, draw, AXES)

    STEP.grade(submission, attempt)


CALL = "h, c = lstm_cell_step(x, (h, c), weight_ih, weight_hh, bias_ih, bias_hh)"
RETURN = "return torch.stack(outputs), (h, c)"
LOOP, APPEND = "for x in inputs:", "outputs.append(h)"

MISCONCEPTIONS = (
    Misconception(
        "state not carried forward",
        "Every step starts from the same state. Pass the h and c that a step returns to the next step.",
        {CALL: CALL.replace("h, c =", "n, m ="), APPEND: "outputs.append(n)", RETURN: RETURN.replace("(h, c)", "(n, m)")},
    ),
    Misconception(
        "cell state not carried forward",
        "h is carried from step to step, but c is not: every step starts from the c that was passed. Carry both forward.",
        forms=(
            {CALL: CALL.replace("h, c =", "h, m ="), RETURN: RETURN.replace("(h, c)", "(h, m)")},
            {CALL: CALL.replace("h, c =", "h, _ =")},
        ),
    ),
    Misconception(
        "hidden state not carried forward",
        "c is carried from step to step, but h is not: every step starts from the h that was passed. Carry both forward.",
        {CALL: CALL.replace("h, c =", "n, c ="), APPEND: "outputs.append(n)", RETURN: RETURN.replace("(h, c)", "(n, c)")},
    ),
    Misconception(
        "initial state ignored",
        "The loop starts from zeros. It has to start from the state that is passed.",
        {"h, c = state": "h, c = (torch.zeros_like(part) for part in state)"},
    ),
    Misconception(
        "initial cell state ignored",
        "The loop starts with the h that is passed, but with a c of zeros. Use both parts of the state.",
        {"h, c = state": "h, c = state[0], torch.zeros_like(state[1])"},
    ),
    Misconception(
        "result of the step unpacked as c, h",
        "h and c are swapped at every step. The step returns (h, c), so unpack its result in that order.",
        {CALL: CALL.replace("h, c =", "c, h =")},
    ),
    Misconception(
        "state unpacked as c, h",
        "The state comes in as (h, c). Here the first part is used as the cell state.",
        {"h, c = state": "c, h = state"},
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
        {LOOP: "for x in inputs.transpose(0, 1):", CALL: CALL.replace("lstm_cell_step", "torch.lstm_cell")},
    ),
    Misconception(
        "cell states as output",
        "output holds the c of every step. Collect the hidden state h instead.",
        {APPEND: "outputs.append(c)"},
    ),
    Misconception(
        "outputs collected before the step",
        "output holds the h that goes into each step. Append after the step, to collect the h that it returns.",
        {CALL: "outputs.append(h)\n        " + CALL, "        outputs.append(h)\n    return": "    return"},
    ),
    Misconception(
        "initial state among the outputs",
        "output has one h too many, the initial state. It has to start with the h after the first step.",
        {"outputs = []": "outputs = [h]"},
    ),
    Misconception(
        "last step missing",
        "The loop ends one step early. It has to run once for each of the seq_len inputs.",
        {LOOP: "for x in inputs[: max(1, len(inputs) - 1)]:"},
    ),
    Misconception(
        "only the last step",
        "output holds one step only. Collect h of every step in a list and stack the list.",
        {RETURN: "return h, (h, c)"},
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
        "h_n and c_n swapped",
        "The last states come in the order c_n, h_n. Return output, (h_n, c_n).",
        {RETURN: RETURN.replace("(h, c)", "(c, h)")},
    ),
    Misconception(
        "states not returned as a pair",
        "h_n and c_n are returned separately. Return them as one pair: output, (h_n, c_n).",
        {RETURN: RETURN.replace("(h, c)", "h, c")},
    ),
    Misconception(
        "c_n missing",
        "The second result is h_n alone. An LSTM has two states: return the pair (h_n, c_n).",
        {RETURN: RETURN.replace("(h, c)", "h")},
    ),
    Misconception(
        "last state not returned",
        "The last states are missing. Return output, (h_n, c_n).",
        {RETURN: "return torch.stack(outputs)"},
    ),
    Misconception(
        "first output as h_n",
        "h_n is the h after the first step. Return the h after the last step.",
        {RETURN: RETURN.replace("(h, c)", "(outputs[0], c)")},
    ),
    Misconception(
        "initial state returned",
        "h_n and c_n are the states that were passed. Return the states after the last step.",
        {RETURN: RETURN.replace("(h, c)", "state")},
    ),
    Misconception(
        "layer axis on the last state",
        "h_n and c_n have a layer axis, as in nn.LSTM. Here they are (batch, hidden_size), as in the step.",
        {RETURN: RETURN.replace("(h, c)", "(h.unsqueeze(0), c.unsqueeze(0))")},
    ),
    Misconception(
        "cell states of all steps returned",
        "c_n holds the c of every step. Return only the last one.",
        {"outputs = []": "outputs, cells = [], []", APPEND: "outputs.append(h)\n        cells.append(c)",
         RETURN: RETURN.replace("(h, c)", "(h, torch.stack(cells))")},
    ),
    Misconception(
        "buffer of another size",
        "The buffer for the states is made like the inputs. Its last axis is hidden_size: (seq_len, batch, hidden_size).",
        {"    outputs = []\n": "    outputs = torch.zeros_like(inputs)\n", LOOP: "for t, x in enumerate(inputs):",
         APPEND: "outputs[t] = h", "torch.stack(outputs)": "outputs"},
    ),
    Misconception(
        "first item for the whole batch",
        "Every row of the result uses the first item of the batch. Keep the batch axis.",
        {LOOP: "for x in inputs[:, :1].expand_as(inputs):"},
    ),
    Misconception(
        "state detached at every step",
        "The values are right, but the state is detached at every step, so no gradient flows back through time.",
        {CALL: CALL.replace("(h, c), w", "(h.detach(), c.detach()), w")},
    ),
    Misconception(
        "outputs detached",
        "The values are right, but the outputs are detached from the graph. Collect h itself, not h.detach() or h.data.",
        {APPEND: "outputs.append(h.detach())"},
    ),
)  # fmt: skip
