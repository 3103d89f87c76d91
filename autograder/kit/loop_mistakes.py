"""The mistakes of the training loop that the models called once per epoch share: `nn.RNN` alone, and the embedding models.

They are made in the text of the solution's `train`, of which the parts that differ are given. Where a mistake shows in the
losses, it has a form with the mean and one with the sum over the letters: both are right.
"""

from __future__ import annotations

from collections.abc import Callable

from autograder.judge import Misconception

from .optimiser_mistakes import ADAM, STEP, Swaps, mistakes_between_calls, optimiser_mistakes

ZERO = "        optimizer.zero_grad()\n"
LOSS = "        loss = criterion(logits, labels)\n"
HISTORY = "    history = []\n"
OLDER_WEIGHTS = """        if loss.item() < best:
            best, kept = loss.item(), {name: value.clone() for name, value in model.state_dict().items()}
"""
AGAIN = "        logits = model(inputs)\n" + LOSS
FACTORS = ("", " * len(labels)")


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
        *optimiser_mistakes(ZERO, summed=_loss("criterion(logits, labels) * len(labels)"), mean={}, again=AGAIN),
        *_in_the_loss(indices),
        *_in_the_data(hello),
        *_in_the_number_of_epochs(),
        *_by_letter(setup, split),
        *_in_the_report(record, string),
        *mistakes_between_calls(lr),
    )


def _loss(expression: str) -> Swaps:
    return {LOSS: f"        loss = {expression}\n"}


def _in_the_loss(indices: str) -> tuple[Misconception, ...]:
    return (
        Misconception(
            "softmax before the loss",
            "CrossEntropyLoss applies log-softmax itself. Pass it the logits, without a softmax.",
            _loss("criterion(logits.softmax(dim=1), labels)"),
            common=True,
        ),
        Misconception(
            "sigmoid before the loss",
            "The logits go through a sigmoid before the loss. Pass CrossEntropyLoss the logits unchanged.",
            _loss("criterion(logits.sigmoid(), labels)"),
        ),
        Misconception(
            "NLLLoss on logits",
            "NLLLoss expects log-probabilities. Use CrossEntropyLoss for logits.",
            {"nn.CrossEntropyLoss()": "nn.NLLLoss()"},
        ),
        Misconception(
            "squared error instead of cross-entropy",
            "The loss is a squared error on one-hot vectors. This is a classification, so use cross-entropy.",
            _loss("nn.MSELoss()(logits, torch.eye(logits.shape[1])[labels])"),
        ),
        Misconception(
            "label smoothing",
            "The loss smooths the labels. Use plain cross-entropy, without label_smoothing.",
            forms=tuple(
                _loss(f"nn.functional.cross_entropy(logits, labels, label_smoothing={share}){factor}")
                for share in (0.1, 0.05, 0.2)
                for factor in FACTORS
            ),
        ),
        Misconception(
            "index 0 left out of the loss",
            "ignore_index=0 leaves out every letter whose label is 0. Here index 0 is a letter like the others.",
            forms=tuple(
                _loss(f"nn.functional.cross_entropy(logits, labels, ignore_index=0, reduction={reduction!r})")
                for reduction in ("mean", "sum")
            ),
        ),
        Misconception(
            "loss of the last letter only",
            "The loss covers the last letter only. Pass all rows of logits and all labels.",
            _loss("criterion(logits[-1:], labels[-1:])"),
            common=True,
        ),
        Misconception(
            "losses of earlier epochs in the sum",
            "The loss includes that of earlier epochs. Compute a new one in every epoch: loss = criterion(...).",
            forms=(
                {HISTORY: f"{HISTORY}    total = 0\n", LOSS: f"{LOSS}        loss = total = total + loss\n"},
                {
                    HISTORY: f"{HISTORY}    total = 0\n",
                    LOSS: f"{LOSS}        loss = total = total + loss\n",
                    "loss.backward()": "loss.backward(retain_graph=True)",
                },
            ),
        ),
        Misconception(
            "inputs as labels",
            "The loss compares the predictions with the inputs, so the model learns to repeat them. Compare with labels.",
            _loss(f"criterion(logits, {indices})"),
        ),
        Misconception(
            "labels shifted by one letter",
            "Each prediction is compared with the label of a neighbouring letter. Compare row t of logits with labels[t].",
            forms=tuple(
                _loss(f"criterion({pair})")
                for pair in (
                    "logits, labels.roll(-1)",
                    "logits, labels.roll(1)",
                    "logits[:-1], labels[1:]",
                    "logits[1:], labels[:-1]",
                )
            ),
        ),
    )


def _in_the_data(hello: str) -> tuple[Misconception, ...]:
    return (
        Misconception(
            "own labels instead of those passed",
            "The labels are fixed in the code. Use the argument labels.",
            _loss("criterion(logits, torch.tensor([3, 1, 2, 3, 2]))"),
        ),
        Misconception(
            "labels of 'ohllo'",
            "The labels in the code are those of 'ohllo', but the word is 'ohlol'. Use the argument labels.",
            _loss("criterion(logits, torch.tensor([3, 1, 2, 2, 3]))"),
        ),
        Misconception(
            "own data instead of what is passed",
            "Inputs and labels are fixed in the code. Use the arguments inputs and labels.",
            {HISTORY: f"{HISTORY}    inputs, labels = {hello}, torch.tensor([3, 1, 2, 3, 2])\n"},
        ),
        Misconception(
            "older weights loaded at the end",
            "The weights from before the last step are loaded at the end. Leave the model as the last step makes it.",
            {
                HISTORY: f'{HISTORY}    best = float("inf")\n',
                LOSS: LOSS + OLDER_WEIGHTS,
                "    return history": "    model.load_state_dict(kept)\n    return history",
            },
        ),
        Misconception(
            "word length fixed in the code",
            "The code works for five letters only. Read sizes from the arguments.",
            _loss("criterion(logits.view(5, -1), labels)"),
        ),
    )


def _in_the_number_of_epochs() -> tuple[Misconception, ...]:
    return (
        Misconception(
            "one epoch too few",
            "The loop ends one epoch early: range(1, epochs) has epochs - 1 numbers.",
            {"in range(epochs)": "in range(1, epochs)"},
            common=True,
        ),
        Misconception(
            "one epoch too many",
            "The loop runs one epoch more than asked for. Use range(epochs).",
            {"in range(epochs)": "in range(epochs + 1)"},
        ),
        Misconception(
            "epochs fixed in the code",
            "The number of epochs is fixed in the code. Use the argument epochs.",
            forms=({"in range(epochs)": "in range(15)"}, {"in range(epochs)": "in range(100)"}),
            common=True,
        ),
    )


def _by_letter(setup: str, split: str) -> tuple[Misconception, ...]:
    """One call of the model per letter. The loss is the sum over the letters."""
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
            "Each letter is run by itself, from a state of zeros: one call per letter, or axes of inputs that are swapped. Pass "
            "inputs as they are, in one call.",
            forms=(by_letter,),
        ),
        Misconception(
            "backward and step inside the time loop",
            "The weights change after every letter. Run the whole word, then call backward() and step() once per epoch.",
            forms=(step_inside, cleared, word_inside),
        ),
    )


def _in_the_report(record: str, string: str) -> tuple[Misconception, ...]:
    pair = f"({string}, loss.item())"

    def told(old: str, new: str) -> str:
        return record.replace(old, new)

    def scaled(*forms: Swaps) -> tuple[Swaps, ...]:
        """Each form with the mean and with the sum: `loss.item()` stands for the loss in what is recorded."""
        return tuple(
            {old: new.replace("loss.item()", f"loss.item(){factor}") for old, new in ({record: record} | form).items()}
            for form in forms
            for factor in FACTORS
        )

    return (
        Misconception(
            "strings without losses",
            "Each entry is only the string. Append the pair (string, loss).",
            {record: told(pair, string)},
        ),
        Misconception(
            "nothing returned",
            "train prints or stores its results but returns None. Return the list of pairs.",
            {"    return history": "    history = None"},
        ),
        *_taken_from_another_pass(record, scaled),
        Misconception(
            "losses added up over the epochs",
            "The loss in each pair includes that of earlier epochs. Append the loss of this epoch only.",
            forms=scaled(
                *(
                    {
                        HISTORY: "    history, running = [], 0.0\n",
                        record: "        running += loss.item()\n" + told("loss.item()", running),
                    }
                    for running in ("running", "running / (len(history) + 1)")
                )
            ),
        ),
        Misconception(
            "smallest loss so far",
            "The loss in each pair is the smallest so far. Append the loss of this epoch, even where it has risen.",
            forms=scaled(
                {record: told("loss.item()", "min([loss.item(), *(earlier for _, earlier in history)])")},
                {
                    HISTORY: '    history, best = [], float("inf")\n',
                    record: "        best = min(best, loss.item())\n" + told("loss.item()", "best"),
                },
            ),
        ),
        Misconception(
            "loss returned as a tensor",
            "The loss is a tensor, which keeps its whole graph. Append loss.item(), a Python float.",
            forms=tuple({record: told("loss.item()", f"(loss{factor})")} for factor in FACTORS),
        ),
        Misconception(
            "loss returned as text",
            "The loss is formatted as text. Append the number, and format it only when you print it.",
            forms=scaled(*({record: told("loss.item()", f"f'{{loss.item():.{digits}f}}'")} for digits in (3, 4))),
        ),
        Misconception(
            "loss before the string",
            "The loss comes first in the pair. Append (string, loss).",
            forms=scaled({record: told(pair, f"(loss.item(), {string})")}),
        ),
        Misconception(
            "losses without strings",
            "Each entry is only the loss. Append the pair (string, loss).",
            forms=scaled({record: told(pair, "loss.item()")}),
        ),
        Misconception(
            "letters not joined",
            "The first part of each pair is a list of letters. Join them into one string with ''.join(...).",
            forms=scaled({record: told(pair, f"(list({string}), loss.item())")}),
        ),
        Misconception(
            "letters joined with a space",
            "The letters are right, but they are joined with a separator. Join them with the empty string, ''.join(...).",
            forms=scaled({record: told(pair, f"(' '.join({string}), loss.item())")}),
        ),
        Misconception(
            "another alphabet",
            "The letters come from a list other than IDX2CHAR, which is e, h, l, o. Decode with IDX2CHAR.",
            forms=scaled({record: told(pair, f"({string}.translate(str.maketrans('ehlo', 'helo')), loss.item())")}),
        ),
        Misconception(
            "largest over the rows",
            "The string takes the maximum over dim 0, which compares time steps. Take it over dim 1, the classes of one step.",
            forms=scaled({record: told(pair, "(''.join(IDX2CHAR[i] for i in logits.argmax(dim=0).tolist()), loss.item())")}),
        ),
        Misconception(
            "only the last epoch returned",
            "Only the last pair is returned. Collect one pair per epoch in a list and return the list.",
            forms=scaled({"return history": "return history[-1]"}),
        ),
        Misconception(
            "stops when the string is right",
            "The loop stops as soon as the string is 'ohlol'. Run all the epochs, and append a pair in each.",
            forms=scaled({STEP: STEP + '        if history[-1][0] == "ohlol":\n            break\n'}),
        ),
        Misconception(
            "return inside the loop",
            "return is inside the loop, so only one epoch runs. Indent it less.",
            forms=scaled({STEP: STEP + "        return history\n"}),
        ),
        Misconception(
            "two lists instead of pairs",
            "Strings and losses are returned as two lists. Return one list of pairs.",
            forms=scaled({"return history": "return [text for text, _ in history], [loss for _, loss in history]"}),
        ),
    )


def _taken_from_another_pass(record: str, scaled: Callable[..., tuple[Swaps, ...]]) -> tuple[Misconception, ...]:
    again = f"{STEP}        logits = model(inputs)\n"
    return (
        Misconception(
            "string and loss taken after the step",
            "The string and the loss come from a second forward pass, after the step. Take both from the pass before the step.",
            forms=scaled({record: "", STEP: again + LOSS + record}),
        ),
        Misconception(
            "string taken after the step",
            "The string comes from a second forward pass, after the step. Decode the logits that give the loss.",
            forms=scaled({record: "", STEP: again + record}),
        ),
    )
