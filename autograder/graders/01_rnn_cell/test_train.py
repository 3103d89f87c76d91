"""train: hello to ohlol with an RNNCell."""

from pathlib import Path

import torch
import torch.nn.functional as F

from autograder.kit import (
    IDX2CHAR,
    Misconception,
    Training,
    check_report,
    check_result,
    check_steps,
    mistakes_between_calls,
    optimiser_mistakes,
    points,
    rare_optimiser_mistakes,
    run_cell_carried_forward,
)

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
    inputs = F.one_hot(torch.tensor(start.input_ids), len(IDX2CHAR)).float().unsqueeze(1)  # (seq_len, 1, input_size)
    return inputs, torch.tensor(start.target_ids).unsqueeze(1)  # (seq_len, 1)


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
    starts_file=Path(__file__).with_name("starts.json"),
)

# A train that calls a wrong run_cell is asked again with a right one, so that the mistake costs run_cell only.
RUN_CELL = run_cell_carried_forward("train")


@points(2)
def test_each_epoch_moves_the_weights_as_adam_does(submission, draw):
    """Each epoch of train takes one Adam step on the cross-entropy summed over the time steps."""
    RUN_CELL.grade(submission, lambda: check_steps(TRAINING, submission, draw))


@points(1)
def test_converges_to_ohlol(submission, draw):
    """With the default epochs and lr, train makes the model predict 'ohlol'."""
    RUN_CELL.grade(submission, lambda: check_result(TRAINING, submission, draw))


@points(1)
def test_returns_the_string_of_each_epoch(submission, draw):
    """train returns one decoded string per epoch, from that epoch's forward pass."""
    RUN_CELL.grade(submission, lambda: check_report(TRAINING, submission, draw, with_loss=False))


LOSS = "F.cross_entropy(hidden, label)"
ZERO_GRAD = "        optimizer.zero_grad()\n"
FRESH = "        hidden = model.init_hidden()\n"
STEP = "hidden = model(x, hidden)"
BACKWARD = ZERO_GRAD + "        loss.backward()\n        optimizer.step()\n"
ADAM = "    optimizer = torch.optim.Adam(model.parameters(), lr=lr)\n"
MEAN = {ZERO_GRAD: f"        loss = loss / len(inputs)\n{ZERO_GRAD}"}
APPEND = 'predictions.append("".join(letters))'

MISCONCEPTIONS = (
    *optimiser_mistakes(ZERO_GRAD, summed={}, mean=MEAN),
    Misconception(
        "state carried over epochs",
        "Each epoch starts from the last state of the previous epoch. Call init_hidden() at the start of every epoch.",
        {ADAM: ADAM + "    hidden = model.init_hidden()\n", FRESH: "        hidden = hidden.detach()\n"},
    ),
    Misconception(
        "graph of an earlier epoch still in use",
        "A state or a loss of the previous epoch is still in use. Start each epoch with init_hidden() and a loss of zero.",
        {ADAM: ADAM + "    hidden = model.init_hidden()\n", FRESH: ""},
    ),
    Misconception(
        "graph of the last epoch retained",
        "The state of the previous epoch is still in use, and retain_graph hides the error. Start each epoch with init_hidden().",
        {ADAM: ADAM + "    hidden = model.init_hidden()\n", FRESH: "", "loss.backward()": "loss.backward(retain_graph=True)"},
    ),
    Misconception(
        "state detached at every step",
        "The state is detached at every step, so no gradient flows from a later step back to an earlier one. Do not detach it.",
        {STEP: "hidden = model(x, hidden.detach())"},
    ),
    Misconception(
        "state reset at every step",
        "Every letter starts from init_hidden(), so the model remembers nothing. Call it once per epoch, before the time loop.",
        {STEP: "hidden = model(x, model.init_hidden())"},
    ),
    Misconception(
        "softmax before the loss",
        "cross_entropy applies the softmax itself, so here it is applied twice. Pass the hidden state unchanged.",
        {LOSS: "F.cross_entropy(hidden.softmax(dim=1), label)"},
    ),
    Misconception(
        "backward and step inside the time loop",
        "The weights change after every letter. Sum the loss over the letters, then call backward() and step() once per epoch.",
        {
            f"            loss = loss + {LOSS}\n": f"            optimizer.zero_grad()\n            {LOSS}.backward()\n"
            "            optimizer.step()\n            hidden = hidden.detach()\n",
            BACKWARD: "",
        },
    ),
    Misconception(
        "backward of the running sum at every letter",
        "backward() is called on the running sum inside the loop over time, so early letters count several times. "
        "Call it once per epoch, after that loop.",
        {
            f"            loss = loss + {LOSS}\n": f"            loss = loss + {LOSS}\n"
            "            loss.backward(retain_graph=True)\n",
            FRESH: f"{ZERO_GRAD}{FRESH}",
            BACKWARD: "        optimizer.step()\n",
        },
    ),
    Misconception(
        "own predictions as inputs",
        "From the second step on, the model reads its own prediction. Step t has to read inputs[t].",
        {
            FRESH: f"{FRESH}        first = inputs[0]\n",
            STEP: "hidden = model(first, hidden)\n            first = F.one_hot(hidden.argmax(dim=1), 4).float()",
        },
    ),
    Misconception(
        "first label at every step",
        "Every prediction is compared with the first label. Compare step t with labels[t].",
        {LOSS: "F.cross_entropy(hidden, labels[0])"},
    ),
    Misconception(
        "loss of the last letter only",
        "The loss covers the last letter only. Sum it over all time steps.",
        {f"loss = loss + {LOSS}": f"loss = {LOSS}"},
    ),
    Misconception(
        "label smoothing",
        "The loss smooths the labels. Use plain cross-entropy, without label_smoothing.",
        forms=tuple({LOSS: f"F.cross_entropy(hidden, label, label_smoothing={share})"} for share in (0.1, 0.05, 0.2)),
    ),
    Misconception(
        "labels shifted by one letter",
        "Each prediction is compared with the label of a neighbouring letter. Compare step t with labels[t].",
        forms=tuple(
            {FRESH: f"{FRESH}        shifted = labels.roll({by}, 0)\n", "zip(inputs, labels,": "zip(inputs, shifted,"}
            for by in (1, -1)
        ),
    ),
    Misconception(
        "inputs as labels",
        "The loss compares the predictions with the inputs, so the model learns to repeat them. Compare with labels.",
        {LOSS: "F.cross_entropy(hidden, x.argmax(dim=1))"},
    ),
    Misconception(
        "epochs fixed in the code",
        "The number of epochs is fixed in the code. Use the argument epochs.",
        forms=({"range(epochs)": "range(15)"}, {"range(epochs)": "range(100)"}),
        common=True,
    ),
    Misconception(
        "one epoch too few",
        "The loop ends one epoch early: range(1, n) has n - 1 numbers.",
        {"range(epochs)": "range(1, epochs)"},
    ),
    Misconception(
        "one epoch too many",
        "The loop runs one epoch more than asked for: range(n + 1) has n + 1 numbers.",
        {"range(epochs)": "range(epochs + 1)"},
    ),
    Misconception(
        "string taken after the step",
        "The string comes from a second forward pass, after optimizer.step(). Build it in the pass that gives the loss.",
        {
            "        letters = []\n": "",
            "            letters.append(IDX2CHAR[hidden.argmax(dim=1).item()])\n": "",
            APPEND: "letters, hidden = [], model.init_hidden()\n        for x in inputs:\n            hidden = model(x, hidden)\n"
            f"            letters.append(IDX2CHAR[hidden.argmax(dim=1).item()])\n        {APPEND}",
        },
    ),
    Misconception(
        "only the last epoch returned",
        "Return a list with one string per epoch, not the last string alone.",
        {"return predictions": "return predictions[-1]"},
    ),
    Misconception(
        "pairs of string and loss returned",
        "Each entry is a pair (string, loss). Here train returns only strings, one per epoch.",
        {APPEND: 'predictions.append(("".join(letters), loss.item()))'},
    ),
    Misconception(
        "indices instead of letters",
        "Each entry is a list of indices. Look each index up in IDX2CHAR and join the letters into a string.",
        {"IDX2CHAR[hidden.argmax(dim=1).item()]": "hidden.argmax(dim=1).item()", APPEND: "predictions.append(letters)"},
    ),
    Misconception(
        "letters not joined",
        "Each entry is a list of letters. Join them into one string with ''.join(...).",
        {APPEND: "predictions.append(letters)"},
    ),
    Misconception(
        "letters joined with a space",
        "The letters are right, but they are joined with a separator. Join them with the empty string, ''.join(...).",
        {APPEND: APPEND.replace('"".join', '" ".join')},
    ),
    Misconception(
        "another alphabet",
        "The letters come from a list other than IDX2CHAR, which is e, h, l, o. Decode with IDX2CHAR.",
        {"IDX2CHAR[hidden.argmax(dim=1).item()]": '"helo"[hidden.argmax(dim=1).item()]'},
    ),
    Misconception(
        "stops when the string is right",
        "The loop stops as soon as the string is 'ohlol'. Run all the epochs, and collect a string in each.",
        {APPEND: f'{APPEND}\n        if predictions[-1] == "ohlol":\n            break'},
    ),
    Misconception(
        "return inside the loop",
        "return is inside the loop, so only one epoch runs. Move it after the loop.",
        {APPEND: f"{APPEND}\n        return predictions"},
    ),
    Misconception(
        "nothing returned",
        "train returns None. Collect the string of each epoch in a list and return it.",
        {"return predictions": "return None"},
    ),
    *mistakes_between_calls(0.1),
)
FAMILIES = rare_optimiser_mistakes()
