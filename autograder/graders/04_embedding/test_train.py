"""train: hello to ohlol with an embedding, nn.RNN and a linear layer."""

from autograder.kit import (
    EmbeddingFamily,
    Misconception,
    check_report,
    check_result,
    check_steps,
    loop_mistakes,
    points,
    rare_optimiser_mistakes,
)

TRAINING = EmbeddingFamily("EmbeddingModel", "rnn", "RNN").training(15, 0.05, __file__)


@points(3)
def test_each_epoch_moves_the_weights_as_adam_does(submission, draw):
    """Each epoch of train is one pass over the word and one step of Adam on the cross-entropy."""
    check_steps(TRAINING, submission, draw)


@points(2)
def test_converges_to_ohlol(submission, draw):
    """With the default epochs and lr, train makes the model predict 'ohlol'."""
    check_result(TRAINING, submission, draw)


@points(2)
def test_returns_string_and_loss_of_each_epoch(submission, draw):
    """train returns one pair (string, loss) per epoch, both from that epoch's forward pass, before the step."""
    check_report(TRAINING, submission, draw, with_loss=True)


LINEAR_LAYER_ONLY = Misconception(
    "only the linear layer is trained",
    "The optimiser gets only the parameters of fc. Pass it model.parameters().",
    {"Adam(model.parameters()": "Adam(model.fc.parameters()"},
)
RNN_ONLY = Misconception(
    "only the recurrent layer is trained",
    "The optimiser gets only the parameters of rnn. Pass it model.parameters().",
    {"Adam(model.parameters()": "Adam(model.rnn.parameters()"},
)
SHARED = loop_mistakes(
    record=(
        '        text = "".join(IDX2CHAR[i] for i in logits.argmax(dim=1).tolist())\n'
        "        history.append((text, loss.item()))\n"
    ),
    string="text",
    split="inputs.split(1, dim=1)",
    indices="inputs.flatten()",
    hello="torch.tensor([[1, 0, 2, 2, 3]])",
)
MISCONCEPTIONS = (LINEAR_LAYER_ONLY, RNN_ONLY, *SHARED)
FAMILIES = rare_optimiser_mistakes()
