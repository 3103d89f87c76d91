"""train: hello to ohlol with nn.RNN."""

from pathlib import Path

import torch
import torch.nn.functional as F

from autograder.kit import (
    IDX2CHAR,
    ErrorCarriedForward,
    Training,
    check_report,
    check_result,
    check_steps,
    loop_mistakes,
    points,
    rare_optimiser_mistakes,
)

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_size, self.hidden_size, self.batch_size, self.num_layers = 4, 4, 1, 1
        self.rnn = nn.RNN(4, 4)
    def forward(self, inputs):
        return self.rnn(inputs)[0].reshape(-1, 4)
made = Model()
"""


def data(start):
    inputs = F.one_hot(torch.tensor(start.input_ids), len(IDX2CHAR)).float().unsqueeze(1)  # (seq_len, 1, input_size)
    return inputs, torch.tensor(start.target_ids)  # (seq_len*1,)


TRAINING = Training(
    source=MODEL,
    own=("RNNModel", {"input_size": 4, "hidden_size": 4, "batch_size": 1, "num_layers": 1}),
    data=data,
    forward=lambda model, inputs: model(inputs),
    epochs=15,
    lr=0.05,
    reduction="mean",
    starts_file=Path(__file__).with_name("starts.json"),
    undrawn=frozenset({78, 95, 118, 124}),
)

# A train that calls a wrong decode is asked again with a right one, so that the mistake costs decode only.
DECODE = ErrorCarriedForward(
    "rnn_layer", "train", "decode",
    reference_step='lambda logits, idx2char: "".join(idx2char[i] for i in logits.argmax(dim=1).tolist())',
)  # fmt: skip


@points(3)
def test_each_epoch_moves_the_weights_as_adam_does(submission, draw):
    """Each epoch of train is one pass over the word and one step of Adam on the cross-entropy."""
    DECODE.grade(submission, lambda: check_steps(TRAINING, submission, draw))


@points(1)
def test_converges_to_ohlol(submission, draw):
    """With the default epochs and lr, train makes the model predict 'ohlol'."""
    DECODE.grade(submission, lambda: check_result(TRAINING, submission, draw))


@points(2)
def test_returns_string_and_loss_of_each_epoch(submission, draw):
    """train returns one pair (string, loss) per epoch, both from that epoch's forward pass, before the step."""
    DECODE.grade(submission, lambda: check_report(TRAINING, submission, draw, with_loss=True))


MISCONCEPTIONS = loop_mistakes(
    record="        history.append((decode(logits, IDX2CHAR), loss.item()))\n",
    string="decode(logits, IDX2CHAR)",
    split="inputs.split(1)",
    indices="inputs.argmax(dim=2).flatten()",
    hello="torch.eye(4)[[1, 0, 2, 2, 3]].unsqueeze(1)",
)
FAMILIES = rare_optimiser_mistakes()
