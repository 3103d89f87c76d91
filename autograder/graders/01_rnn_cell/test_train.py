"""train: hello to ohlol with an RNNCell."""

import torch
import torch.nn.functional as F
from pathlib import Path

from autograder.graders.kit.training import IDX2CHAR, Training, check_report, check_result, check_steps
from autograder.judge import Misconception, points

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.batch_size, self.input_size, self.hidden_size = 1, 4, 4
        self.rnncell = nn.RNNCell(4, 4)
    def forward(self, input, hidden):
        return self.rnncell(input, hidden)
    def init_hidden(self):
        return torch.zeros(1, 4)
made = Model()
"""


def data(start):
    inputs = F.one_hot(torch.tensor(start.word), len(IDX2CHAR)).float().unsqueeze(1)  # (seq_len, 1, input_size)
    return inputs, torch.tensor(start.target).unsqueeze(1)  # (seq_len, 1)


def forward(model, inputs):
    hidden, logits = model.init_hidden().to(inputs.dtype), []
    for x in inputs:
        hidden = model(x, hidden)
        logits.append(hidden)
    return torch.cat(logits)  # (seq_len, num_classes)


TRAINING = Training(
    source=MODEL,
    own=("RNNCellModel", {"input_size": 4, "hidden_size": 4, "batch_size": 1}),
    data=data,
    forward=forward,
    epochs=15,
    lr=0.1,
    reduction="sum",
    bank=Path(__file__).with_name("starts.json"),
)


@points(2)
def test_each_epoch_moves_the_weights_as_adam_does(submission, draw):
    """Each epoch of train takes one Adam step on the cross-entropy summed over the time steps."""
    check_steps(TRAINING, submission, draw)


@points(1)
def test_converges_to_ohlol(submission, draw):
    """With its default epochs and lr, train brings the model to 'ohlol'."""
    check_result(TRAINING, submission, draw)


@points(1)
def test_returns_the_string_of_each_epoch(submission, draw):
    """train returns one decoded string per epoch, from that epoch's forward pass."""
    check_report(TRAINING, submission, draw, with_loss=False)


MISCONCEPTIONS = (
    Misconception(
        "gradients not set to zero",
        "Gradients add up from epoch to epoch: call optimizer.zero_grad() once in every epoch.",
        {"        optimizer.zero_grad()\n": ""},
    ),
)
