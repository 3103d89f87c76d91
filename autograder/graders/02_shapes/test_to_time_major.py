"""to_time_major: batch first to time first."""

from autograder.kit import Misconception, check_all, check_gradients, check_pure, points, requires_grad

AXES = "seq_len batch features"


def expected(batch_first):
    return batch_first.transpose(0, 1)


@points(1)
def test_swaps_the_first_two_axes(submission, draw):
    """to_time_major swaps batch and time: item [t, b] of the result is item [b, t] of the argument."""
    cases = [draw.normal(*shape) for shape in (draw.sizes(3), (4, 4, 3), (1, 5, 2), (5, 1, 2), (6, 3, 1))]
    check_all(submission.call_many("to_time_major", [(x,) for x in cases]), map(expected, cases), AXES)


@points(0.5)
def test_any_number_of_further_axes(submission, draw):
    """to_time_major accepts (batch, seq_len) followed by any number of further axes, or none, and integers stay integers."""
    shapes = [draw.sizes(count, 2, 6) for count in (2, 4, 5)]
    cases = [x for shape in shapes for x in (draw.normal(*shape), draw.indices(9, *shape))]
    check_all(submission.call_many("to_time_major", [(x,) for x in cases]), map(expected, cases))


@points(0.5)
def test_gradients_flow_and_the_argument_stays(submission, draw):
    """Gradients flow through to_time_major, a second call returns the same result, and the argument stays unchanged."""
    x, y = draw.normal(*draw.sizes(3)), draw.normal(*draw.sizes(3))
    check_pure(submission.to_time_major, [(x,), (y,)], expected, AXES)
    x = requires_grad(x)
    check_gradients(submission.to_time_major(x), expected(x), {"batch_first": x}, draw, AXES)


SWAP = "return batch_first.transpose(0, 1).clone()"

MISCONCEPTIONS = (
    Misconception(
        "view instead of transpose",
        "The shape is right, but view only regroups the numbers, which mixes the words. Swap the first two axes.",
        {SWAP: "return batch_first.reshape(batch_first.shape[1], batch_first.shape[0], *batch_first.shape[2:])"},
    ),
    Misconception(
        "view instead of transpose, last axes merged",
        "view keeps the numbers in their order and regroups them, which mixes the words. Swap the first two axes.",
        {SWAP: "return batch_first.reshape(batch_first.shape[1], batch_first.shape[0], -1)"},
    ),
    Misconception(
        "swapped result thrown away",
        "The argument is returned unchanged. transpose and permute return a new tensor, so return that tensor.",
        {SWAP: "batch_first.transpose(0, 1)\n    return batch_first.clone()"},
    ),
    Misconception(
        "last two axes swapped",
        "Time and features are swapped. Swap the first two axes, 0 and 1.",
        {SWAP: "return batch_first.transpose(1, 2).clone()"},
    ),
    Misconception(
        "all axes reversed",
        "All axes are reversed, so the features come first. Only the first two change places.",
        {SWAP: "return batch_first.permute(*reversed(range(batch_first.dim()))).clone()"},
    ),
    Misconception(
        "axes rotated",
        "The batch axis moved to the end. Swap only the first two axes: (seq_len, batch, ...).",
        {SWAP: "return batch_first.movedim(0, -1).clone()"},
    ),
    Misconception(
        "exactly three axes",
        "The code works for exactly three axes. transpose(0, 1) works with any number.",
        forms=(
            {SWAP: "return batch_first.permute(1, 0, 2).clone()"},
            {SWAP: "batch, seq_len, features = batch_first.shape\n    return batch_first.transpose(0, 1).clone()"},
        ),
    ),
    Misconception(
        "result detached",
        "The values are right, but the result is detached from the graph. Leave out .detach(), .data and torch.tensor(...).",
        {SWAP: "return batch_first.detach().transpose(0, 1).clone()"},
    ),
    Misconception(
        "argument transposed in place",
        "A method whose name ends in an underscore changes the tensor itself. Use transpose, which returns a new tensor.",
        {SWAP: "return batch_first.transpose_(0, 1).clone()"},
    ),
)
