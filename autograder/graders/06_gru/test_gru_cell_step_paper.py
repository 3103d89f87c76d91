"""gru_cell_step_paper: one step of the GRU in the form of the lecture's slide."""

import torch

from autograder.kit import (
    Equation,
    Misconception,
    check_all,
    check_equation,
    check_gradients,
    check_pure,
    equation_mistakes,
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
    weights = [draw.uniform(1.5 / hidden_size**0.5, hidden_size, hidden_size + input_size) for _ in range(3)]
    return draw.normal(batch, input_size), draw.uniform(1.5, batch, hidden_size), *weights


def expected(x, h, w_z, w_r, w):
    """The equations for one batch item at a time, written as on the slide."""
    rows = []
    for x_t, h_t in zip(x, h, strict=True):
        z = torch.sigmoid(w_z.mv(torch.cat((h_t, x_t))))
        r = torch.sigmoid(w_r.mv(torch.cat((h_t, x_t))))
        candidate = torch.tanh(w.mv(torch.cat((r * h_t, x_t))))
        rows.append((1 - z) * h_t + z * candidate)
    return torch.stack(rows)


QUESTIONS = (
    switched_off("w_r at zero", zeros(3), "how r is computed"),
    switched_off("w_z at zero", zeros(2), "how z is computed"),
    switched_off("w at zero", zeros(4), "how the candidate is computed"),
    switched_off("h at zero", zeros(1), "where h is used"),
    switched_off("x at zero", zeros(0), "where x is used"),
)


def saturated(draw):
    """x so large that a clamp of a sum shows."""
    while True:
        x, h, *weights = case(draw)
        x, h = saturating(x, *(weight[:, h.shape[1] :] for weight in weights)), 0.5 * h
        if expected(x, h, *weights).abs().max() > 0.9999:
            return x, h, *weights


def check_cases(submission, cases):
    check_all(submission.call_many("gru_cell_step_paper", cases), [expected(*args) for args in cases], AXES)


@points(1)
def test_follows_the_equations(submission, draw):
    """gru_cell_step_paper computes the new h of a whole batch: [h, x] joined, no biases, and the candidate multiplied by z."""
    cases = [case(draw), case(draw), saturated(draw)]
    check_equation(submission, "gru_cell_step_paper", cases, expected, AXES, QUESTIONS)


@points(1)
def test_works_for_any_sizes(submission, draw):
    """gru_cell_step_paper works for one item, one feature and one hidden unit, and when sizes happen to be equal."""
    special = (1, None, None), (None, 1, None), (None, None, 1), (4, 4, 4), (1, 3, 1), (8, 4, 4)
    check_cases(submission, [case(draw, *sizes) for sizes in special])


@points(1)
def test_gradients_flow_to_every_weight(submission, draw):
    """Gradients flow through gru_cell_step_paper to x, h and the three weights."""
    leaves = dict(zip(("x", "h", "w_z", "w_r", "w"), map(requires_grad, case(draw)), strict=True))
    answer = submission.gru_cell_step_paper(*leaves.values())
    check_gradients(answer, expected(*leaves.values()), leaves, draw, AXES)


@points(1)
def test_keeps_nothing_and_changes_nothing(submission, draw):
    """gru_cell_step_paper returns the same result when called again and does not change its arguments."""
    x, h, *weights = case(draw)
    other = draw.normal(*x.shape), draw.uniform(0.9, *h.shape), *weights
    check_pure(submission.gru_cell_step_paper, [(x, h, *weights), other, case(draw)], expected, AXES)


JOINED, SCALED = "joined = torch.cat([h, x], dim=1)", "torch.cat([r * h, x], dim=1)"
CANDIDATE = f"torch.tanh({SCALED} @ w.T)"
MIX = "(1 - z) * h + z * candidate"
RESET_AFTER = "torch.tanh(r * (h @ w[:, : h.shape[1]].T) + x @ w[:, h.shape[1] :].T)"

MISCONCEPTIONS = (
    Misconception(
        "z and 1 - z swapped",
        "z and 1 - z are swapped, as in PyTorch's form. On the slide z = 1 takes the candidate.",
        {MIX: "z * h + (1 - z) * candidate"},
        common=True,
    ),
    Misconception(
        "reset after the product",
        "The reset gate acts after the product with w, as in PyTorch's form. On the slide it scales h before h is joined with x.",
        {CANDIDATE: RESET_AFTER},
        common=True,
    ),
    Misconception(
        "PyTorch's form",
        "This is PyTorch's form: z multiplies the old h, and r acts after the product. Task 2 asks for the slide's form.",
        {CANDIDATE: RESET_AFTER, MIX: "z * h + (1 - z) * candidate"},
    ),
    Misconception(
        "x joined before h",
        "The joined tensor is [x, h]. The first columns of each matrix belong to h: join [h, x].",
        {JOINED: "joined = torch.cat([x, h], dim=1)", SCALED: "torch.cat([x, r * h], dim=1)"},
        common=True,
    ),
    Misconception(
        "x joined before h in the gates",
        "The gates read [x, h]. The first columns of w_z and w_r belong to h: join [h, x], as the candidate does.",
        {JOINED: "joined = torch.cat([x, h], dim=1)"},
    ),
    Misconception(
        "h scaled in place",
        "h is multiplied by r in place, so the last line uses r * h and the caller's h changes. Create a new tensor.",
        {SCALED: "torch.cat([h.mul_(r), x], dim=1)"},
    ),
    Misconception(
        "x joined before h in the candidate",
        "The gates read [h, x], but the candidate reads [x, r h]. The first columns of w belong to h as well.",
        {SCALED: "torch.cat([x, r * h], dim=1)"},
        common=True,
    ),
    Misconception(
        "reset gate not used",
        "The candidate reads h as it is. The reset gate scales h before it is joined with x.",
        {SCALED: "joined"},
        common=True,
    ),
    Misconception(
        "reset of the whole candidate",
        "The reset gate multiplies the candidate or the whole product. Let it multiply only h, before h is joined with x.",
        forms=({CANDIDATE: "torch.tanh(r * (joined @ w.T))"}, {CANDIDATE: "r * torch.tanh(joined @ w.T)"}),
        common=True,
    ),
    Misconception(
        "r and z swapped",
        "The two gates are swapped: w_z gives the gate that mixes, w_r the one that scales h in the candidate.",
        {"z = torch": "r = torch", "r = torch.sigmoid(joined @ w_r.T)": "z = torch.sigmoid(joined @ w_r.T)"},
        common=True,
    ),
    Misconception(
        "w_z used for both gates",
        "Both gates come from w_z. The reset gate has the weight w_r.",
        {"torch.sigmoid(joined @ w_r.T)": "torch.sigmoid(joined @ w_z.T)"},
    ),
    Misconception(
        "w_r used for both gates",
        "Both gates come from w_r. The update gate has the weight w_z.",
        {"torch.sigmoid(joined @ w_z.T)": "torch.sigmoid(joined @ w_r.T)"},
    ),
    Misconception(
        "sigmoid on the candidate",
        "The candidate goes through a sigmoid. It is content, not a share, so apply tanh to it.",
        {CANDIDATE: f"torch.sigmoid({SCALED} @ w.T)"},
        common=True,
    ),
    Misconception(
        "tanh left out",
        "The candidate is the product alone. Apply tanh to it.",
        {CANDIDATE: f"{SCALED} @ w.T"},
        common=True,
    ),
    Misconception(
        "tanh on the gates",
        "The gates go through a tanh. They are shares between 0 and 1, so apply a sigmoid to them.",
        {"z = torch.sigmoid": "z = torch.tanh", "r = torch.sigmoid": "r = torch.tanh"},
    ),
    Misconception(
        "old state scaled by the reset gate",
        "The last line mixes in r * h. It has to mix in the old h as it was passed.",
        {MIX: "(1 - z) * (r * h) + z * candidate"},
    ),
    Misconception(
        "old state not mixed in",
        "The new h is z times the candidate alone. The old h, times 1 - z, belongs in the sum.",
        {MIX: "z * candidate"},
    ),
    Misconception(
        "candidate returned",
        "The result is the candidate. The update gate mixes it with the old h.",
        {MIX: "candidate"},
    ),
    Misconception(
        "state ignored",
        "The step ignores the state and starts from zeros. Use the h that is passed.",
        {f"    {JOINED}": f"    h = torch.zeros_like(h)\n    {JOINED}"},
    ),
    Misconception(
        "joined along the batch",
        "h and x are stacked below each other. Put them side by side: join along dim=1.",
        {JOINED: "joined = torch.cat([h, x])"},
    ),
    Misconception(
        "weights not transposed",
        "A weight is stored as (out, in). The last axis of the joined tensor has to match the axis `in`, so use w.T.",
        {"joined @ w_z.T": "joined @ w_z", "joined @ w_r.T": "joined @ w_r", "@ w.T)": "@ w)"},
    ),
    Misconception(
        "weights reshaped instead of transposed",
        "view and reshape only regroup the numbers. Use the transpose, .T, to swap rows and columns.",
        {"joined @ w_z.T": "joined @ w_z.reshape(joined.shape[1], -1)",
         "joined @ w_r.T": "joined @ w_r.reshape(joined.shape[1], -1)",
         "@ w.T)": "@ w.reshape(joined.shape[1], -1))"},
    ),
    Misconception(
        "first item for the whole batch",
        "Every row uses the gates of the first item of the batch. Keep the batch axis: one product handles all rows at once.",
        {JOINED: "joined = torch.cat([h, x], dim=1)[:1].expand(len(x), -1)"},
    ),
    Misconception(
        "weights detached",
        "The values are right, but the weights are used through .data or .detach(): no gradient reaches them.",
        {"joined @ w_z.T": "joined @ w_z.data.T", "joined @ w_r.T": "joined @ w_r.data.T", "@ w.T)": "@ w.data.T)"},
    ),
    Misconception(
        "state detached",
        "The values are right, but h is detached, so no gradient flows back through time. Use h as it is passed.",
        {f"    {JOINED}": f"    h = h.detach()\n    {JOINED}"},
    ),
    Misconception(
        "result detached",
        "The values are right, but the result is detached from the graph. Leave out .detach() and .data.",
        {MIX: f"({MIX}).detach()"},
    ),
    Misconception(
        "state changed in place",
        "The step writes into the h that it was given. Make a new tensor for the result.",
        {f"return {MIX}": f"return h.copy_({MIX})"},
    ),
)  # fmt: skip

CUT = "\n    ".join(f"{w}h, {w}x = {w}[:, : h.shape[1]], {w}[:, h.shape[1] :]" for w in ("w_z", "w_r", "w"))
SHOWN = {f"{w}{part}": f"{w}[columns of {part}]" for w in ("w_z", "w_r", "w") for part in "hx"}


def equation_of(gate: str) -> Equation:
    """A gate, with its weight cut into the columns of h and those of x."""
    line = f"{gate} = torch.sigmoid(joined @ w_{gate}.T)"
    return Equation(
        f"torch.sigmoid(h @ w_{gate}h.T + x @ w_{gate}x.T)",
        lambda text: {line: f"{CUT}\n    {gate} = {text}"},
        target=gate,
        alike=(("h",),),
        square={f"w_{gate}h"},
        shown=SHOWN,
    )


EQUATIONS = (
    Equation(
        MIX, lambda text: {f"return {MIX}": f"return {text}"}, target="the new h", alike=(("r", "z", "h", "candidate"),)
    ),
    Equation(
        "torch.tanh((r * h) @ wh.T + x @ wx.T)",
        lambda text: {f"candidate = {CANDIDATE}": f"{CUT}\n    candidate = {text}"},
        target="the candidate",
        alike=(("r", "z", "h"),),
        square={"wh"},
        shown=SHOWN,
    ),
    *map(equation_of, "zr"),
)  # fmt: skip
NAMED = {m.name for m in MISCONCEPTIONS}
FAMILIES = tuple(mistake for equation in EQUATIONS for mistake in equation_mistakes(equation, NAMED))
