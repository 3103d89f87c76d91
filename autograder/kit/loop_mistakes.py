"""The mistakes of the training loop that the models called once per epoch share: `nn.RNN` alone, and the embedding models.

They are made in the text of the solution's `train`, of which the parts that differ are given. Where a mistake shows in the
losses, it stands here twice under one name, with the mean and with the sum over the letters: both are right.
"""

from __future__ import annotations

from autograder.judge import Misconception

ADAM = "optimizer = torch.optim.Adam(model.parameters(), lr=lr)"
ZERO = "        optimizer.zero_grad()\n"
LOSS = "        loss = criterion(logits, labels)\n"
STEP = "        optimizer.step()\n"
SUMS = ("", " * len(labels)")


def loop_mistakes(
    record: str, string: str, split: str, indices: str, hello: str, epochs: int = 15, lr: float = 0.05
) -> tuple[Misconception, ...]:
    """The misconceptions of one assignment's `train`.

    record: the solution's lines that make the string and append the pair (`string`, loss.item()). split: an expression for
    the inputs letter by letter. indices: one for the inputs' letters as labels. hello: one for "hello" as inputs.
    """
    setup = (
        f"def train(model, inputs, labels, epochs={epochs}, lr={lr}):\n"
        f"    criterion = nn.CrossEntropyLoss()\n    {ADAM}\n    history = []\n"
    )
    return (
        *_in_the_step(indices, hello, epochs, lr),
        *_by_letter(setup, split),
        *_in_the_report(record, string),
        *from_call_to_call(ADAM, lr),
        Misconception(
            "length of the word written in",
            "The code works for five letters only: take sizes from the tensors that are passed.",
            {LOSS: LOSS.replace("logits", "logits.view(5, -1)")},
        ),
    )


def from_call_to_call(adam: str, lr: float) -> tuple[Misconception, ...]:
    """Mistakes that a single call with all its arguments does not show. adam: the solution's line that makes the optimiser."""
    return (
        Misconception(
            "another default lr",
            f"Without lr it trains with another one than {lr}: keep the defaults of the stub.",
            {f"lr: float = {lr}": f"lr: float = {lr + 0.01}"},
        ),
        Misconception(
            "optimiser kept from call to call",
            "A second call goes on with the optimiser of the first, and with its running averages: make a new one in every call.",
            {adam: adam.replace("= ", '= model.optimizer = getattr(model, "optimizer", None) or ', 1)},
        ),
    )


def _in_the_step(indices: str, hello: str, epochs: int, lr: float) -> tuple[Misconception, ...]:
    return (
        Misconception(
            "gradients not set to zero",
            "Gradients add up from epoch to epoch: call optimizer.zero_grad() once in every epoch.",
            {ZERO: ""},
        ),
        Misconception(
            "passed model not trained",
            "The weights of the model that was passed stay as they were: it needs loss.backward() and then optimizer.step() in "
            "every epoch, with no zero_grad() in between, on this very model and not on a copy or a new one.",
            {STEP: ""},
        ),
        Misconception(
            "softmax before the loss",
            "CrossEntropyLoss applies log-softmax itself: give it the logits, without a softmax of your own.",
            {LOSS: LOSS.replace("logits", "logits.softmax(dim=1)")},
        ),
        Misconception(
            "sigmoid before the loss",
            "CrossEntropyLoss wants the logits as they are, without a sigmoid.",
            {LOSS: LOSS.replace("logits", "logits.sigmoid()")},
        ),
        Misconception(
            "NLLLoss on logits",
            "NLLLoss expects log-probabilities: for logits use CrossEntropyLoss.",
            {"nn.CrossEntropyLoss()": "nn.NLLLoss()"},
        ),
        Misconception(
            "squared error in place of cross-entropy",
            "This is a classification: the loss is cross-entropy, not the squared distance from one-hot vectors.",
            {LOSS: LOSS.replace("criterion(logits, labels)", "nn.MSELoss()(logits, torch.eye(logits.shape[1])[labels])")},
        ),
        *(
            Misconception(
                "SGD in place of Adam",
                "The optimiser is SGD: the task asks for Adam, and with SGD this lr gets nowhere in the given epochs.",
                {ADAM: ADAM.replace("Adam", "SGD"), LOSS: LOSS.replace(")\n", f"){factor}\n")},
            )
            for factor in SUMS
        ),
        Misconception(
            "AdamW in place of Adam",
            "AdamW shrinks the weights besides the step: the task asks for plain Adam.",
            {ADAM: ADAM.replace("Adam", "AdamW")},
        ),
        Misconception(
            "new optimiser in every epoch",
            "Adam remembers its running averages: build the optimiser once, before the loop.",
            {ZERO: f"        {ADAM}\n" + ZERO},
        ),
        Misconception(
            "lr left out",
            "Adam got no lr and takes its own default of 0.001: hand on the lr that is passed.",
            {ADAM: ADAM.replace(", lr=lr", "")},
        ),
        *(
            Misconception(
                f"lr fixed at {fixed}",
                "The learning rate is written into the loop: use the lr that is passed.",
                {ADAM: ADAM.replace("lr=lr", f"lr={fixed}")},
            )
            for fixed in (lr, 0.1, 0.01)
        ),
        Misconception(
            "only the last letter counts",
            "The loss is that of the last row: cross-entropy takes all rows and all labels.",
            {LOSS: LOSS.replace("logits, labels", "logits[-1:], labels[-1:]")},
        ),
        Misconception(
            "inputs as labels",
            "The model is trained to repeat its input: compare with the labels that are passed.",
            {LOSS: LOSS.replace("labels", indices)},
        ),
        Misconception(
            "own labels in place of those passed",
            "The labels are written into the code: use the labels that are passed.",
            {LOSS: LOSS.replace("labels", "torch.tensor([3, 1, 2, 3, 2])")},
        ),
        Misconception(
            "own labels in place of those passed",
            "The labels in the code are those of 'ohllo'. The word is 'ohlol'; its labels are passed.",
            {LOSS: LOSS.replace("labels", "torch.tensor([3, 1, 2, 2, 3])")},
        ),
        Misconception(
            "own data in place of what is passed",
            "inputs and labels are written into the code: use the ones that are passed.",
            {"    history = []\n": f"    history = []\n    inputs, labels = {hello}, torch.tensor([3, 1, 2, 3, 2])\n"},
        ),
        Misconception(
            "one epoch too few",
            "The loop ends one epoch early: range(1, epochs) gives epochs - 1 rounds.",
            {"in range(epochs)": "in range(1, epochs)"},
        ),
        Misconception(
            "one epoch too many",
            "The loop runs once more than asked: range(epochs) gives exactly epochs rounds.",
            {"in range(epochs)": "in range(epochs + 1)"},
        ),
        Misconception(
            f"epochs fixed at {epochs}",
            "The number of epochs is written into the loop: use the epochs that are passed.",
            {"in range(epochs)": f"in range({epochs})"},
        ),
    )


def _by_letter(setup: str, split: str) -> tuple[Misconception, ...]:
    """One call of the model per letter. The loss is the sum over the letters."""
    inside = "The optimiser steps after every letter: one epoch is one pass over the whole word and one step."
    by_letter = f"""{setup}    for _ in range(epochs):
        total, text = 0.0, ""
        optimizer.zero_grad()
        for x, y in zip({split}, labels):
            logits = model(x)
            loss = criterion(logits, y.view(-1))
            total, text = total + loss.item(), text + IDX2CHAR[logits.argmax().item()]
            loss.backward()
        optimizer.step()
        history.append((text, total))
    return history
"""
    step_inside = by_letter.replace("        optimizer.step()\n", "            optimizer.step()\n")
    cleared = step_inside.replace("        optimizer.zero_grad()\n", "").replace(
        "            loss.backward()\n", "            optimizer.zero_grad()\n            loss.backward()\n"
    )
    word_inside = f"""{setup}    for _ in range(epochs):
        for t in range(len(labels)):
            logits = model(inputs)
            loss = criterion(logits[t : t + 1], labels[t : t + 1])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        history.append(("".join(IDX2CHAR[i] for i in logits.argmax(dim=1).tolist()), loss.item()))
    return history
"""
    return (
        Misconception(
            "every letter run by itself",
            "The model sees one letter per call and starts from zeros each time: give it the whole word in one call.",
            code=by_letter,
        ),
        Misconception("backward and step inside the time loop", inside, code=step_inside),
        Misconception("backward and step inside the time loop", inside, code=cleared),
        Misconception("backward and step inside the time loop", inside, code=word_inside),
    )


def _in_the_report(record: str, string: str) -> tuple[Misconception, ...]:
    pair = f"({string}, loss.item())"
    again = "        logits = model(inputs)\n"

    def told(old: str, new: str) -> str:
        return record.replace(old, new)

    once = (
        Misconception(
            "strings without losses",
            "Each entry is a pair (string, loss), not the string alone.",
            {record: told(pair, string)},
        ),
        Misconception(
            "nothing returned",
            "train prints or stores its results but returns None: return the list of pairs.",
            {"    return history": "    history = None"},
        ),
    )
    mean, total = (
        (
            Misconception(
                "string and loss from after the step",
                "The pair describes the weights after the step: take both from the forward pass before it.",
                {record: "", STEP: STEP + again + LOSS + told("loss.item()", f"loss.item(){factor}")},
            ),
            Misconception(
                "string from after the step",
                "The loss is that of the epoch, but the string comes from another pass, after the step: decode the same logits.",
                {record: "", STEP: STEP + again + told("loss.item()", f"loss.item(){factor}")},
            ),
            Misconception(
                "losses added up over the epochs",
                "Each pair's loss contains those of the epochs before: report the loss of this epoch alone.",
                {"    history = []\n": "    history, running = [], 0.0\n",
                 record: f"        running += loss.item(){factor}\n" + told("loss.item()", "running")},
            ),
            Misconception(
                "losses added up over the epochs",
                "Each pair's loss contains those of the epochs before: report the loss of this epoch alone.",
                {"    history = []\n": "    history, running = [], 0.0\n",
                 record: f"        running += loss.item(){factor}\n" + told("loss.item()", "running / (len(history) + 1)")},
            ),
            Misconception(
                "loss returned as a tensor",
                "The loss is a tensor and keeps its whole graph: loss.item() gives a Python float.",
                {record: told("loss.item()", f"(loss{factor})")},
            ),
            Misconception(
                "loss returned as text",
                "The loss is formatted as text: return the number, and format it only where you print.",
                {record: told("loss.item()", f"f'{{loss.item(){factor}:.3f}}'")},
            ),
            Misconception(
                "loss returned as text",
                "The loss is formatted as text: return the number, and format it only where you print.",
                {record: told("loss.item()", f"f'{{loss.item(){factor}:.4f}}'")},
            ),
            Misconception(
                "pair turned round",
                "The pair is (string, loss), the string first.",
                {record: told(pair, f"(loss.item(){factor}, {string})")},
            ),
            Misconception(
                "losses without strings",
                "Each entry is a pair (string, loss), not the loss alone.",
                {record: told(pair, f"loss.item(){factor}")},
            ),
            Misconception(
                "only the last epoch returned",
                "What comes back is the last pair: collect one pair per epoch in a list and return the list.",
                {"return history": "return history[-1]", record: told("loss.item()", f"loss.item(){factor}")},
            ),
            Misconception(
                "stops when the string is right",
                "The loop ends as soon as the string is 'ohlol': train for all the epochs, each with its pair.",
                {STEP: STEP + '        if history[-1][0] == "ohlol":\n            break\n',
                 record: told("loss.item()", f"loss.item(){factor}")},
            ),
            Misconception(
                "returns before the loop is over",
                "return stands inside the loop, so only one epoch is run: move it to the left.",
                {STEP: STEP + "        return history\n", record: told("loss.item()", f"loss.item(){factor}")},
            ),
            Misconception(
                "two lists in place of pairs",
                "Strings and losses come back as two lists: return one list of pairs.",
                {"return history": "return [text for text, _ in history], [loss for _, loss in history]",
                 record: told("loss.item()", f"loss.item(){factor}")},
            ),
        )
        for factor in SUMS
    )  # fmt: skip
    return (*once, *mean, *total)
