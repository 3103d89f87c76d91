"""gru_cell_step: one step of the GRU in PyTorch's form."""

import torch

from autograder.kit import (
    Blocks,
    Equation,
    Misconception,
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
    zeros,
)

NEXT_LOOK = "Compare your code with the equation in the docstring, term by term: weights, biases, activations, order."
AXES = "batch hidden_size"
FORBIDDEN = ("GRU", "GRUCell", "gru", "gru_cell", "_VF")


def case(draw, batch=None, input_size=None, hidden_size=None):
    sizes = draw.sizes(3)
    batch, input_size, hidden_size = batch or sizes[0], input_size or sizes[1], hidden_size or sizes[2]
    return draw.normal(batch, input_size), draw.uniform(1.5, batch, hidden_size), *draw.weights(3, input_size, hidden_size)


expected = torch.gru_cell


QUESTIONS = (
    switched_off("r forced to 1", forced(4, 0, 3), "how r is computed"),
    switched_off("r forced to 0", forced(4, 0, 3, -1), "what r is multiplied by"),
    switched_off("n forced to 1", forced(4, 2, 3), "how n is computed"),
    switched_off("h at zero", zeros(1), "where h is used: in three products, and in the last line"),
    switched_off("x at zero", zeros(0), "the product with x"),
    switched_off("both biases at zero", zeros(4, 5), "the biases"),
    switched_off("z forced to 1", forced(4, 1, 3), "how z is computed, and at how n enters the new h"),
)


def saturated(draw):
    """x so large that a clamp of a sum shows."""
    while True:
        x, h, *weights = case(draw)
        x, h = saturating(x, weights[0]), 0.5 * h
        if expected(x, h, *weights).abs().max() > 0.9999:
            return x, h, *weights


def check_cases(submission, cases):
    check_all(submission.call_many("gru_cell_step", cases), [expected(*args) for args in cases], AXES)


@points(2)
def test_follows_the_equations(submission, draw):
    """gru_cell_step computes the new h of a whole batch in PyTorch's form, with the gates stored in the order r, z, n."""
    cases = [case(draw), case(draw), saturated(draw)]
    check_equation(submission, "gru_cell_step", cases, expected, AXES, QUESTIONS)


@points(1)
def test_works_for_any_sizes(submission, draw):
    """gru_cell_step works for one item, one feature and one hidden unit, and when sizes happen to be equal."""
    special = (1, None, None), (None, 1, None), (None, None, 1), (4, 4, 4), (1, 3, 1), (12, 4, 12)
    check_cases(submission, [case(draw, *sizes) for sizes in special])


@points(1)
def test_gradients_flow_to_every_weight(submission, draw):
    """Gradients flow through gru_cell_step to x, h, both weights and both biases."""
    names = ("x", "h", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
    leaves = dict(zip(names, map(requires_grad, case(draw)), strict=True))
    answer = submission.gru_cell_step(*leaves.values())
    check_gradients(answer, expected(*leaves.values()), leaves, draw, AXES)


@points(1)
def test_keeps_nothing_and_changes_nothing(submission, draw):
    """gru_cell_step returns the same result when called again and does not change its arguments."""
    x, h, *weights = case(draw)
    other = draw.normal(*x.shape), draw.uniform(0.9, *h.shape), *weights
    check_pure(submission.gru_cell_step, [(x, h, *weights), other, case(draw)], expected, AXES)


X_PART, H_PART = "(x @ weight_ih.T + bias_ih)", "(h @ weight_hh.T + bias_hh)"
X_CUT, H_CUT = f"x_r, x_z, x_n = {X_PART}.chunk(3, dim=1)", f"h_r, h_z, h_n = {H_PART}.chunk(3, dim=1)"
N = "torch.tanh(x_n + r * h_n)"
MIX = "(1 - z) * n + z * h"
FROM_X = "(x @ weight_ih.T + bias_ih).chunk(3, dim=1)"
FROM_H = "(h @ weight_hh.T + bias_hh).chunk(3, dim=1)"
SIZE = "h.shape[1]"
INNER = f"(r * h) @ weight_hh[2 * {SIZE} :].T + bias_hh[2 * {SIZE} :]"


def order(gates):
    """The blocks read in another order, of x and of h alike."""
    names = [", ".join(f"{part}_{gate}" for gate in gates) for part in "xh"]
    return {X_CUT: X_CUT.replace("x_r, x_z, x_n", names[0]), H_CUT: H_CUT.replace("h_r, h_z, h_n", names[1])}


MISCONCEPTIONS = (
    Misconception(
        "z and 1 - z swapped",
        "z and 1 - z are swapped, as on the lecture's slide. In PyTorch's form z = 1 keeps the old h.",
        {MIX: "(1 - z) * h + z * n"},
        common=True,
    ),
    Misconception(
        "reset before the product",
        "The reset gate scales h before the product with W_hn, as on the slide. Here it multiplies the result, W_hn h + b_hn.",
        {N: f"torch.tanh(x_n + {INNER})"},
        common=True,
    ),
    Misconception(
        "the lecture's form",
        "This is the slide's form: z multiplies the candidate, and r acts before the product. Task 1 asks for PyTorch's form.",
        {N: f"torch.tanh(x_n + {INNER})", MIX: "(1 - z) * h + z * n"},
    ),
    Misconception(
        "bias outside the reset",
        "The reset gate multiplies W_hn h, but not b_hn. In PyTorch's form it multiplies the sum of the two.",
        {N: f"torch.tanh(x_n + r * (h_n - bias_hh[2 * {SIZE} :]) + bias_hh[2 * {SIZE} :])"},
        common=True,
    ),
    Misconception(
        "reset of the whole candidate",
        "The reset gate also multiplies the part from x. Let it multiply only the part from h, W_hn h + b_hn.",
        forms=({N: "torch.tanh(r * (x_n + h_n))"}, {N: "r * torch.tanh(x_n + h_n)"}),
        common=True,
    ),
    Misconception(
        "reset of the part from x",
        "The reset gate multiplies the part from x. Let it multiply the part from h, W_hn h + b_hn.",
        {N: "torch.tanh(r * x_n + h_n)"},
    ),
    Misconception(
        "reset gate not used",
        "The candidate uses h as it is. The reset gate multiplies W_hn h + b_hn.",
        {N: "torch.tanh(x_n + h_n)"},
        common=True,
    ),
    Misconception(
        "r and z swapped",
        "The blocks are read in the order z, r, n. They are stored in the order r, z, n.",
        order("zrn"),
        common=True,
    ),
    Misconception(
        "gates in the order r, n, z",
        "The blocks are read in the order r, n, z. They are stored in the order r, z, n.",
        order("rnz"),
    ),
    Misconception(
        "gates in the order n, r, z",
        "The blocks are read in the order n, r, z. They are stored in the order r, z, n.",
        order("nrz"),
    ),
    Misconception(
        "gates in the order n, z, r",
        "The blocks are read in the order n, z, r. They are stored in the order r, z, n.",
        order("nzr"),
    ),
    Misconception(
        "gates in the order z, n, r",
        "The blocks are read in the order z, n, r. They are stored in the order r, z, n.",
        order("znr"),
    ),
    Misconception(
        "bias_hh left out",
        "bias_hh is missing. Each product has its own bias: bias_ih with x, bias_hh with h.",
        {H_PART: "(h @ weight_hh.T)"},
        common=True,
    ),
    Misconception(
        "bias_ih left out",
        "bias_ih is missing. Each product has its own bias: bias_ih with x, bias_hh with h.",
        {X_PART: "(x @ weight_ih.T)"},
        common=True,
    ),
    Misconception(
        "gates interleaved",
        "Each gate is made of every third row. The gates are blocks: the first hidden_size rows belong to r, the next to z.",
        {FROM_X: FROM_X.replace("chunk(3, dim=1)", "unflatten(1, (-1, 3)).unbind(2)"),
         FROM_H: FROM_H.replace("chunk(3, dim=1)", "unflatten(1, (-1, 3)).unbind(2)")},
    ),
    Misconception(
        "gates cut with view",
        "view(3, batch, hidden_size) cuts the rows apart, so a gate mixes items of the batch. Cut the columns: chunk(3, dim=1).",
        {FROM_X: FROM_X.replace("chunk(3, dim=1)", "reshape(3, *h.shape)"),
         FROM_H: FROM_H.replace("chunk(3, dim=1)", "reshape(3, *h.shape)")},
    ),
    Misconception(
        "bias_ih and bias_hh exchanged",
        "bias_hh is added to the product with x, and bias_ih to the one with h. The reset gate tells the two apart.",
        {X_PART: "(x @ weight_ih.T + bias_hh)", H_PART: "(h @ weight_hh.T + bias_ih)"},
    ),
    Misconception(
        "axes of size 1 dropped",
        "squeeze() removes every axis of size 1, including the batch axis of a single item. Leave it out.",
        {FROM_X: FROM_X.replace("x @", "x.squeeze() @")},
    ),
    Misconception(
        "both biases left out",
        "Both biases are missing. Add bias_ih to the product with x and bias_hh to the product with h.",
        {X_PART: "(x @ weight_ih.T)", H_PART: "(h @ weight_hh.T)"},
        common=True,
    ),
    Misconception(
        "bias_ih used twice",
        "Both products get bias_ih. The one with h has a bias of its own, bias_hh.",
        {H_PART: "(h @ weight_hh.T + bias_ih)"},
    ),
    Misconception(
        "weights and biases of r used for z",
        "r and z both use the first block of rows. Use the second block for z.",
        {"torch.sigmoid(x_z + h_z)": "torch.sigmoid(x_r + h_r)"},
    ),
    Misconception(
        "sigmoid on the candidate",
        "The candidate goes through a sigmoid. It is content, not a share, so apply tanh to it.",
        {N: "torch.sigmoid(x_n + r * h_n)"},
        common=True,
    ),
    Misconception(
        "tanh on the update gate",
        "The update gate goes through a tanh. Both gates are shares between 0 and 1, so apply a sigmoid to them.",
        {"z = torch.sigmoid": "z = torch.tanh"},
        common=True,
    ),
    Misconception(
        "tanh on the reset gate",
        "The reset gate goes through a tanh. Both gates are shares between 0 and 1, so apply a sigmoid to them.",
        {"r = torch.sigmoid": "r = torch.tanh"},
    ),
    Misconception(
        "gates without a sigmoid",
        "r and z are used as they come out of the sum. A sigmoid turns them into shares between 0 and 1.",
        {"torch.sigmoid(x_r + h_r)": "x_r + h_r", "torch.sigmoid(x_z + h_z)": "x_z + h_z"},
    ),
    Misconception(
        "old state not mixed in",
        "The new h is (1 - z) n alone. The old h, times z, belongs in the sum.",
        {MIX: "(1 - z) * n"},
    ),
    Misconception(
        "candidate returned",
        "The result is the candidate n. The update gate mixes it with the old h.",
        {MIX: "n"},
    ),
    Misconception(
        "candidate not scaled",
        "The new h is n + z h. The candidate is added whole: n has to be scaled by 1 - z.",
        {MIX: "n + z * h"},
    ),
    Misconception(
        "state ignored",
        "The step ignores the state and starts from zeros. Use the h that is passed.",
        {X_CUT: f"h = torch.zeros_like(h)\n    {X_CUT}"},
    ),
    Misconception(
        "one number for a whole gate",
        "Every gate is a single number per batch item. A gate is a block of hidden_size columns: one number for each unit.",
        {X_CUT: f"x_r, x_z, x_n = ({X_PART}[:, k : k + 1] for k in range(3))",
         H_CUT: f"h_r, h_z, h_n = ({H_PART}[:, k : k + 1] for k in range(3))"},
    ),
    Misconception(
        "gates cut along the batch",
        "The parts are split along the batch. The gates lie side by side in the columns, so split along dim=1.",
        {X_CUT: X_CUT.replace(", dim=1", ""), H_CUT: H_CUT.replace(", dim=1", "")},
    ),
    Misconception(
        "weights reshaped instead of transposed",
        "view and reshape only regroup the numbers. Use the transpose, .T, to swap rows and columns.",
        {X_PART: "(x @ weight_ih.reshape(x.shape[1], -1) + bias_ih)",
         H_PART: "(h @ weight_hh.reshape(h.shape[1], -1) + bias_hh)"},
    ),
    Misconception(
        "first item for the whole batch",
        "Every row uses the gates of the first item of the batch. Keep the batch axis: one product handles all rows at once.",
        {X_PART: "(x[:1] @ weight_ih.T + bias_ih)", H_PART: "(h[:1] @ weight_hh.T + bias_hh)"},
    ),
    Misconception(
        "weights detached",
        "The values are right, but weights and biases are used through .data or .detach(): no gradient reaches them.",
        forms=(
            {X_PART: "(x @ weight_ih.data.T + bias_ih.data)", H_PART: "(h @ weight_hh.data.T + bias_hh.data)"},
            {X_PART: "(x @ weight_ih.data.T + bias_ih)", H_PART: "(h @ weight_hh.data.T + bias_hh)"},
        ),
    ),
    Misconception(
        "state detached",
        "The values are right, but h is detached, so no gradient flows back through time. Use h as it is passed.",
        {X_CUT: f"h = h.detach()\n    {X_CUT}"},
    ),
    Misconception(
        "result detached",
        "The values are right, but the result is detached from the graph. Leave out .detach() and .data.",
        {MIX: f"({MIX}).detach()"},
    ),
    Misconception(
        "state changed in place",
        "The step writes the new state into the h that it was given. Make a new tensor for it.",
        {f"return {MIX}": f"return h.copy_({MIX})"},
    ),
)  # fmt: skip


def read_from(blocks: Blocks) -> dict[str, str]:
    """The pieces from x and from h, each from the block that is given for each parameter."""
    w_x, w_h, b_x, b_h = blocks
    of_x = f"x @ weight_ih.chunk(3)[k].T + bias_ih.chunk(3)[m] for k, m in zip({w_x}, {b_x}, strict=True)"
    of_h = f"h @ weight_hh.chunk(3)[k].T + bias_hh.chunk(3)[m] for k, m in zip({w_h}, {b_h}, strict=True)"
    return {FROM_X: f"({of_x})", FROM_H: f"({of_h})"}


SPLIT = "\n    ".join(
    f"{', '.join(f'{short}{gate}' for gate in 'rzn')} = {name}.chunk(3)"
    for short, name in (("W_i", "weight_ih"), ("W_h", "weight_hh"), ("b_i", "bias_ih"), ("b_h", "bias_hh"))
)


def equation_of(gate: str) -> Equation:
    """A gate, with its own blocks: the sum that goes into its sigmoid."""
    return Equation(
        f"x @ W_i{gate}.T + b_i{gate} + h @ W_h{gate}.T + b_h{gate}",
        lambda text: {
            f"torch.sigmoid(x_{gate} + h_{gate})": "torch.sigmoid(gate)",
            H_CUT: f"{H_CUT}\n    {SPLIT}\n    gate = {text}",
        },
        target=gate,
        alike=((f"b_i{gate}", f"b_h{gate}"), ("h",)),
        square={f"W_h{gate}"},
    )


EQUATIONS = (
    Equation(
        MIX, lambda text: {f"return {MIX}": f"return {text}"}, target="the new h", alike=(("r", "z", "n", "h"),)
    ),
    Equation(
        "torch.tanh(x @ W_in.T + b_in + r * (h @ W_hn.T + b_hn))",
        lambda text: {f"n = {N}": f"{SPLIT}\n    n = {text}"},
        target="n",
        alike=(("b_in", "b_hn"), ("r", "z", "h")),
        square={"W_hn"},
    ),
    *map(equation_of, "rz"),
    Equation(
        "x @ weight_ih.T + bias_ih",
        lambda text: {X_PART: f"({text})"},
        target="the part from x",
        alike=(("bias_ih", "bias_hh"),),
    ),
    Equation(
        "h @ weight_hh.T + bias_hh",
        lambda text: {H_PART: f"({text})"},
        target="the part from h",
        alike=(("bias_ih", "bias_hh"),),
    ),
)  # fmt: skip
NAMED = {m.name for m in MISCONCEPTIONS}

FAMILIES = (
    *block_mistakes("rzn", read_from, NAMED | {"gates in the order z, r, n"}),
    *activation_mistakes(
        [("reset gate", "torch.sigmoid(x_r + h_r)"), ("update gate", "torch.sigmoid(x_z + h_z)")],
        ("candidate", "torch.tanh(x_n + r * h_n)"),
    ),
    *(mistake for equation in EQUATIONS for mistake in equation_mistakes(equation, NAMED)),
)
