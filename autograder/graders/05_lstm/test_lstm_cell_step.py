"""lstm_cell_step: one step of the LSTM, from its equations."""

import torch

from autograder.kit import (
    Blocks,
    Equation,
    Misconception,
    Question,
    activation_mistakes,
    block_mistakes,
    check_all,
    check_equation,
    check_gradients,
    check_pure,
    equation_mistakes,
    forced,
    points,
    requires_grad,
    saturating,
    switched_off,
    unchanged,
    zeros,
)

NEXT_LOOK = "Compare your code with the equation in the docstring, term by term: weights, biases, activations, order."
AXES = ("batch hidden_size", "batch hidden_size")
FORBIDDEN = ("LSTM", "LSTMCell", "lstm", "lstm_cell", "_VF")


def case(draw, batch=None, input_size=None, hidden_size=None):
    """x, (h, c), weights and biases; the cell state is larger than any hidden state can be."""
    sizes = draw.sizes(3)
    batch, input_size, hidden_size = batch or sizes[0], input_size or sizes[1], hidden_size or sizes[2]
    state = draw.uniform(0.9, batch, hidden_size), draw.uniform(2.0, batch, hidden_size)
    return draw.normal(batch, input_size), state, *draw.weights(4, input_size, hidden_size)


expected = torch.lstm_cell


QUESTIONS = (
    Question(unchanged, "The new h is right, the new c is not. Return the c that h was computed from.", part=0),
    *(switched_off(f"{gate} forced to 1", forced(4, number, 4), f"how {gate} is computed") for number, gate in enumerate("ifgo")),
    switched_off("c at zero", zeros((1, 1)), "where the old c is used"),
    switched_off("i forced to 0", forced(4, 0, 4, -1), "i, at g and at their product"),
    switched_off("h at zero", zeros((1, 0)), "the product with h"),
    switched_off("x at zero", zeros(0), "the product with x"),
    switched_off("both biases at zero", zeros(4, 5), "the biases"),
    Question(unchanged, "The new c is right, the new h is not. Look at the equation of h.", part=1),
)


def saturated(draw):
    """x and c so large that a clamp of a sum, of c or of the new c shows."""
    while True:
        x, (h, c), *weights = case(draw)
        x, c = saturating(x, weights[0]), 6 * c
        if expected(x, (h, c), *weights)[1].abs().max() > 5:
            return x, (h, c), *weights


def check_cases(submission, cases):
    check_all(submission.call_many("lstm_cell_step", cases), [expected(*args) for args in cases], AXES)


@points(2)
def test_follows_the_equations(submission, draw):
    """lstm_cell_step computes the new h and the new c of a whole batch, with the gates stored in the order i, f, g, o."""
    cases = [case(draw), case(draw), saturated(draw)]
    check_equation(submission, "lstm_cell_step", cases, expected, AXES, QUESTIONS)


@points(2)
def test_works_for_any_sizes(submission, draw):
    """lstm_cell_step works for one item, one feature and one hidden unit, and when sizes happen to be equal."""
    special = (1, None, None), (None, 1, None), (None, None, 1), (4, 4, 4), (1, 3, 1), (16, 4, 16)
    check_cases(submission, [case(draw, *sizes) for sizes in special])


@points(1)
def test_gradients_flow_to_every_weight(submission, draw):
    """Gradients flow from the new h and the new c of lstm_cell_step back to x, h, c, both weights and both biases."""
    x, state, *weights = case(draw)
    tensors = dict(zip(("x", "h", "c", "weight_ih", "weight_hh", "bias_ih", "bias_hh"), (x, *state, *weights), strict=True))
    x, h, c, *weights = map(requires_grad, tensors.values())
    answer = submission.lstm_cell_step(x, (h, c), *weights)
    check_gradients(answer, expected(x, (h, c), *weights), tensors, draw, AXES)


@points(1)
def test_keeps_nothing_and_changes_nothing(submission, draw):
    """lstm_cell_step returns the same result when called again and does not change its arguments."""
    x, state, *weights = case(draw)
    other = draw.normal(*x.shape), tuple(draw.uniform(0.9, *part.shape) for part in state), *weights
    check_pure(submission.lstm_cell_step, [(x, state, *weights), other, case(draw)], expected, AXES)


SUM = "x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh"
CUT = "i, f, g, o = gates.chunk(4, dim=1)"
C_NEXT = "torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)"
H_NEXT = "torch.sigmoid(o) * torch.tanh(c_next)"
ORDER = "PyTorch stores them in the order i, f, g, o."

MISCONCEPTIONS = (
    Misconception(
        "gates in the order i, f, o, g",
        f"The last two blocks are read in the order o, g. {ORDER}",
        {CUT: "i, f, o, g = gates.chunk(4, dim=1)"},
        common=True,
    ),
    Misconception(
        "forget and input gate swapped",
        f"The blocks are read in the order f, i, g, o, as in many drawings. {ORDER}",
        {CUT: "f, i, g, o = gates.chunk(4, dim=1)"},
        common=True,
    ),
    Misconception(
        "gates in the order f, i, o, g",
        f"The blocks are read in the order f, i, o, g. {ORDER}",
        {CUT: "f, i, o, g = gates.chunk(4, dim=1)"},
    ),
    Misconception(
        "gates in the order i, g, f, o",
        f"The blocks are read in the order i, g, f, o, as in TensorFlow. {ORDER}",
        {CUT: "i, g, f, o = gates.chunk(4, dim=1)"},
    ),
    Misconception(
        "gates in the order g, i, f, o",
        f"The blocks are read in the order g, i, f, o. {ORDER}",
        {CUT: "g, i, f, o = gates.chunk(4, dim=1)"},
    ),
    Misconception(
        "bias_hh left out",
        "Each bracket has four terms: PyTorch adds bias_ih and also bias_hh.",
        {SUM: SUM.replace(" + bias_hh", "")},
        common=True,
    ),
    Misconception(
        "bias_ih left out",
        "Each bracket has four terms: PyTorch adds bias_hh and also bias_ih.",
        {SUM: SUM.replace(" + bias_ih", "")},
        common=True,
    ),
    Misconception(
        "bias_ih used twice",
        "The sum has bias_ih twice. The product with h has a bias of its own, bias_hh.",
        {SUM: SUM.replace("bias_hh", "bias_ih")},
        common=True,
    ),
    Misconception(
        "gates interleaved",
        "Each gate is made of every fourth row. The gates are blocks: the first hidden_size rows belong to i, the next to f.",
        {CUT: "i, f, g, o = gates.unflatten(1, (-1, 4)).unbind(2)"},
    ),
    Misconception(
        "gates cut with view",
        "view(4, batch, hidden_size) cuts the rows apart, so a gate mixes items of the batch. Cut the columns: chunk(4, dim=1).",
        {CUT: "i, f, g, o = gates.reshape(4, *h.shape)"},
    ),
    Misconception(
        "x and h joined in another order than their weights",
        "x and h are joined in one order and the weights in the other, so x meets weight_hh. Join both in the same order.",
        forms=(
            {SUM: "torch.cat([x, h], dim=1) @ torch.cat([weight_hh, weight_ih], dim=1).T + bias_ih + bias_hh"},
            {SUM: "torch.cat([h, x], dim=1) @ torch.cat([weight_ih, weight_hh], dim=1).T + bias_ih + bias_hh"},
        ),
    ),
    Misconception(
        "axes of size 1 dropped",
        "squeeze() removes every axis of size 1, including the batch axis of a single item. Leave it out.",
        {CUT: "i, f, g, o = gates.squeeze().chunk(4, dim=1)"},
    ),
    Misconception(
        "both biases left out",
        "Both biases are missing. Add bias_ih and bias_hh to the two products.",
        {SUM: "x @ weight_ih.T + h @ weight_hh.T"},
        common=True,
    ),
    Misconception(
        "biases of i and f swapped",
        "The weights are split correctly, but the biases of the input gate and the forget gate are swapped.",
        {SUM: "x @ weight_ih.T + h @ weight_hh.T",
         CUT: f"{CUT}\n    b = (bias_ih + bias_hh).chunk(4)\n    i, f, g, o = i + b[1], f + b[0], g + b[2], o + b[3]"},
    ),
    Misconception(
        "sigmoid on the candidate",
        "All four parts go through a sigmoid. The candidate g is content, not a share, so apply tanh to it.",
        {"torch.tanh(g)": "torch.sigmoid(g)"},
        common=True,
    ),
    Misconception(
        "tanh on the output gate",
        "The output gate goes through a tanh. All three gates are shares between 0 and 1, so apply a sigmoid to them.",
        {H_NEXT: "torch.tanh(o) * torch.tanh(c_next)"},
        common=True,
    ),
    Misconception(
        "tanh on the input gate",
        "The input gate goes through a tanh. All three gates are shares between 0 and 1, so apply a sigmoid to them.",
        {"torch.sigmoid(i)": "torch.tanh(i)"},
    ),
    Misconception(
        "tanh on the forget gate",
        "The forget gate goes through a tanh. All three gates are shares between 0 and 1, so apply a sigmoid to them.",
        {"torch.sigmoid(f) * c": "torch.tanh(f) * c"},
    ),
    Misconception(
        "gates without a sigmoid",
        "i, f and o are used as they come out of the sum. A sigmoid turns them into shares between 0 and 1.",
        {C_NEXT: "f * c + i * torch.tanh(g)", H_NEXT: "o * torch.tanh(c_next)"},
    ),
    Misconception(
        "h from the old cell state",
        "h is computed from the old c. Compute the new c first, then use it for h.",
        {H_NEXT: "torch.sigmoid(o) * torch.tanh(c)"},
        common=True,
    ),
    Misconception(
        "h without the tanh of c",
        "The output gate multiplies c itself. Let it multiply tanh(c), which keeps h between -1 and 1.",
        {H_NEXT: "torch.sigmoid(o) * c_next"},
        common=True,
    ),
    Misconception(
        "sigmoid of c in h",
        "h is o times the sigmoid of the new c. The equation has tanh there.",
        {H_NEXT: "torch.sigmoid(o) * torch.sigmoid(c_next)"},
    ),
    Misconception(
        "h and c swapped in the result",
        "The two results are right but come in the order c, h. Return (h, c).",
        {"return h_next, c_next": "return c_next, h_next"},
        common=True,
    ),
    Misconception(
        "cell state returned as h",
        "Both results are the cell state. h is o times tanh of the new c.",
        {"return h_next, c_next": "return c_next, c_next"},
        common=True,
    ),
    Misconception(
        "old cell state returned",
        "h is right, but the old c is returned, so the step never remembers anything. Return the new c.",
        {"return h_next, c_next": "return h_next, c"},
    ),
    Misconception(
        "only h returned",
        "An LSTM step returns its whole state, the pair (h, c). The cell state is missing.",
        {"return h_next, c_next": "return h_next"},
    ),
    Misconception(
        "state unpacked as c, h",
        "The state comes in as (h, c). Here the first part is used as the cell state.",
        {"h, c = state": "c, h = state"},
        common=True,
    ),
    Misconception(
        "old cell state left out",
        "The new c is i times g alone. The old cell state, times the forget gate, belongs in the sum.",
        {C_NEXT: "torch.sigmoid(i) * torch.tanh(g)"},
        common=True,
    ),
    Misconception(
        "cell state added to the gates",
        "The cell state goes into the output gate, as with peepholes. PyTorch's gates see x and h only.",
        {H_NEXT: "torch.sigmoid(o + c_next) * torch.tanh(c_next)"},
    ),
    Misconception(
        "forget gate left out",
        "The old c is added whole. The forget gate decides which share of it stays.",
        {C_NEXT: "c + torch.sigmoid(i) * torch.tanh(g)"},
        common=True,
    ),
    Misconception(
        "one minus f as the input gate",
        "The new content is weighted by 1 - f, as in a GRU. An LSTM has an input gate of its own.",
        {C_NEXT: "torch.sigmoid(f) * c + (1 - torch.sigmoid(f)) * torch.tanh(g)"},
    ),
    Misconception(
        "one added to the forget gate",
        "The forget gate has an extra + 1. Some programs start its bias at 1: that belongs in the weights.",
        {"torch.sigmoid(f) * c": "torch.sigmoid(f + 1) * c"},
    ),
    Misconception(
        "state ignored",
        "The step ignores the state and starts from zeros. Use the (h, c) that is passed.",
        {"h, c = state": "h, c = (torch.zeros_like(part) for part in state)"},
    ),
    Misconception(
        "hidden state not used",
        "The gates do not depend on h. Add the product of h and weight_hh in every bracket.",
        {SUM: "x @ weight_ih.T + bias_ih + bias_hh"},
    ),
    Misconception(
        "one number for a whole gate",
        "Every gate is a single number per batch item. A gate is a block of hidden_size columns: one number for each unit.",
        {CUT: "i, f, g, o = (gates[:, k : k + 1] for k in range(4))"},
    ),
    Misconception(
        "gates cut along the batch",
        "The four parts are split along the batch. The gates lie side by side in the columns, so split along dim=1.",
        {CUT: "i, f, g, o = gates.chunk(4)"},
    ),
    Misconception(
        "weights reshaped instead of transposed",
        "view and reshape only regroup the numbers. Use the transpose, .T, to swap rows and columns.",
        {SUM: "x @ weight_ih.reshape(x.shape[1], -1) + bias_ih + h @ weight_hh.reshape(h.shape[1], -1) + bias_hh"},
    ),
    Misconception(
        "only the first item of the batch",
        "Only the first item of the batch is computed. Keep the batch axis: one product handles all rows at once.",
        {"return h_next, c_next": "return h_next[:1], c_next[:1]"},
    ),
    Misconception(
        "first item for the whole batch",
        "Every row of the result uses the first item of the batch. Keep the batch axis: one product handles all rows at once.",
        {SUM: "x[:1] @ weight_ih.T + bias_ih + h[:1] @ weight_hh.T + bias_hh"},
    ),
    Misconception(
        "weights detached",
        "The values are right, but weights and biases are used through .data or .detach(): no gradient reaches them.",
        forms=(
            {SUM: "x @ weight_ih.data.T + bias_ih.data + h @ weight_hh.data.T + bias_hh.data"},
            {SUM: "x @ weight_ih.data.T + bias_ih + h @ weight_hh.data.T + bias_hh"},
        ),
    ),
    Misconception(
        "state detached",
        "The values are right, but h and c are detached, so no gradient flows back through time. Use them as they are passed.",
        {"h, c = state": "h, c = (part.detach() for part in state)"},
    ),
    Misconception(
        "result detached",
        "The values are right, but the results are detached from the graph. Leave out .detach() and .data.",
        {"return h_next, c_next": "return h_next.detach(), c_next.detach()"},
    ),
    Misconception(
        "state changed in place",
        "The step writes the new c into the tensor that it was given. Write c_next = ... instead of *= and +=.",
        {f"c_next = {C_NEXT}": "c_next = c.mul_(torch.sigmoid(f)).add_(torch.sigmoid(i) * torch.tanh(g))"},
    ),
)  # fmt: skip


def read_from(blocks: Blocks) -> dict[str, str]:
    """The four pieces, each from the block that is given for each parameter."""
    taken = "x @ w_x[j].T + h @ w_h[k].T + b_x[m] + b_h[n]"
    parameters = "w_x, w_h, b_x, b_h = (p.chunk(4) for p in (weight_ih, weight_hh, bias_ih, bias_hh))"
    return {CUT: f"{parameters}\n    i, f, g, o = ({taken} for j, k, m, n in zip(*{blocks}, strict=True))"}


SPLIT = "\n    ".join(
    f"{', '.join(f'{short}{gate}' for gate in 'ifgo')} = {name}.chunk(4)"
    for short, name in (("W_i", "weight_ih"), ("W_h", "weight_hh"), ("b_i", "bias_ih"), ("b_h", "bias_hh"))
)
ACTIVE = "s_i, s_f, s_g, s_o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)"
SHOWN = {"s_i": "i", "s_f": "f", "s_g": "g", "s_o": "o", "c_next": "the new c"}


def equation_of(gate: str) -> Equation:
    """One gate, with its own blocks: the sum that goes into its activation."""
    return Equation(
        f"x @ W_i{gate}.T + b_i{gate} + h @ W_h{gate}.T + b_h{gate}",
        lambda text: {CUT: f"{CUT}\n    {SPLIT}\n    {gate} = {text}"},
        target=gate,
        alike=((f"b_i{gate}", f"b_h{gate}"), ("h", "c")),
        square={f"W_h{gate}"},
    )


ALL_GATES = Equation(
    SUM, lambda text: {SUM: text}, alike=(("bias_ih", "bias_hh"), ("h", "c"))
)  # fmt: skip
STATES = (
    Equation(
        "s_f * c + s_i * s_g",
        lambda text: {f"c_next = {C_NEXT}": f"{ACTIVE}\n    c_next = {text}"},
        target="the new c",
        alike=(("s_i", "s_f", "s_g", "s_o", "h", "c"),),
        shown=SHOWN,
    ),
    Equation(
        "s_o * torch.tanh(c_next)",
        lambda text: {f"h_next = {H_NEXT}": f"{ACTIVE}\n    h_next = {text}"},
        target="the new h",
        alike=(("s_i", "s_f", "s_g", "s_o", "h", "c", "c_next"),),
        shown=SHOWN,
    ),
)
NAMED = {m.name for m in MISCONCEPTIONS}
# The same as all weights and biases of one gate used for another.
BLOCKS_OF_ANOTHER = {f"{one} in the place of {other} in the new {part}" for one in "ifo" for other in "ifo" for part in "ch"}

FAMILIES = (
    *block_mistakes("ifgo", read_from, NAMED | {"gates in the order f, i, g, o"}),
    *activation_mistakes(
        [("input gate", "torch.sigmoid(i)"), ("forget gate", "torch.sigmoid(f)"), ("output gate", "torch.sigmoid(o)")],
        ("candidate", "torch.tanh(g)"),
    ),
    *equation_mistakes(ALL_GATES, NAMED, pairs=True),
    *(
        mistake
        for equation in (*STATES, *map(equation_of, "ifgo"))
        for mistake in equation_mistakes(equation, NAMED | BLOCKS_OF_ANOTHER)
    ),
)
