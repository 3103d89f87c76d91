"""train: hello to ohlol with a GRU."""

from autograder.kit import (
    EmbeddingFamily,
    check_report,
    check_result,
    check_steps,
    points,
    rare_optimiser_mistakes,
    train_mistakes,
)

TRAINING = EmbeddingFamily("GRUModel", "gru", "GRU").training(100, 0.05, __file__)


@points(2)
def test_each_epoch_moves_the_weights_as_adam_does(submission, draw):
    """Each epoch of train takes one Adam step on the cross-entropy of the whole word."""
    check_steps(TRAINING, submission, draw)


@points(1)
def test_converges_to_ohlol(submission, draw):
    """With the default epochs and lr, train makes the model predict 'ohlol'."""
    check_result(TRAINING, submission, draw)


@points(1)
def test_returns_string_and_loss_of_each_epoch(submission, draw):
    """train returns one pair (decoded string, loss) per epoch, from that epoch's forward pass."""
    check_report(TRAINING, submission, draw, with_loss=True)


MISCONCEPTIONS = train_mistakes()
FAMILIES = rare_optimiser_mistakes()
