"""Mistakes around the optimiser, in the text of a solution's `train`. They are the same in every assignment that trains."""

from __future__ import annotations

from autograder.judge import Misconception

ADAM = "optimizer = torch.optim.Adam(model.parameters(), lr=lr)"
STEP = "        optimizer.step()\n"
BACKWARD = "        loss.backward()\n"
LRS = (0.05, 0.1, 0.01)

Swaps = dict[str, str]


def optimiser_mistakes(zero: str, summed: Swaps, mean: Swaps, again: str = "") -> tuple[Misconception, ...]:
    """Those that are made often.

    zero: the solution's line that sets gradients to zero. summed, mean: swaps that make the loss a sum or a mean; both are right,
    but change what a mistake does that depends on the size of a gradient. again: lines for a second forward pass, up to the loss.
    """
    scales = (mean, summed)

    once_more = again + zero + BACKWARD + STEP

    def scaled(*forms: Swaps) -> tuple[Swaps, ...]:
        return tuple({**scale, **form} for form in forms for scale in scales)

    return (
        Misconception(
            "gradients not set to zero",
            "Gradients add up from epoch to epoch. Call optimizer.zero_grad() once in every epoch.",
            {zero: ""},
            common=True,
        ),
        Misconception(
            "passed model not trained",
            "train has to change the weights of the model that it is given: first zero_grad(), then loss.backward(), then "
            "step(), with model.parameters() in the optimiser. Gradients set to zero just before step(), or a loss made anew "
            "from a number, move nothing.",
            {STEP: ""},
        ),
        Misconception(
            "SGD instead of Adam",
            "The optimiser is SGD. Use torch.optim.Adam, because with this lr SGD is too slow for the given epochs.",
            forms=scaled(_adam("Adam", "SGD"), _adam("Adam", "SGD", ", momentum=0.9")),
            common=True,
        ),
        Misconception(
            "AdamW instead of Adam",
            "AdamW also shrinks the weights in every step. Use plain Adam.",
            _adam("Adam", "AdamW"),
            common=True,
        ),
        Misconception(
            "lr multiplied by a number",
            "Adam gets a multiple of lr, such as lr * 10, lr / 10 or lr / 2. Pass lr unchanged.",
            forms=tuple(_adam("lr=lr", f"lr=lr * {factor}") for factor in (10, 0.1, 100, 0.01, 2, 0.5)),
        ),
        Misconception(
            "RMSprop instead of Adam",
            "The weights move as RMSprop moves them. Use torch.optim.Adam.",
            _adam("Adam", "RMSprop"),
        ),
        Misconception(
            "weight_decay added",
            "weight_decay pulls the weights towards zero in every step: the task asks for Adam with nothing but lr.",
            forms=scaled(*(_adam("", "", f", weight_decay={decay}") for decay in (0.01, 0.001, 0.0001, 0.1))),
        ),
        Misconception(
            "new optimiser in every epoch",
            "The optimiser is created anew in every epoch, so Adam loses its running averages. Create it once, before the loop.",
            {zero: f"        {ADAM}\n{zero}"},
            common=True,
        ),
        Misconception(
            "two optimiser steps in every epoch",
            "The weights move twice in every epoch. Run one forward pass, one backward() and one step() per epoch.",
            forms=({STEP: STEP * 2}, *([{STEP: STEP + once_more}] if again else [])),
        ),
        Misconception(
            "several optimiser steps in every epoch",
            "The weights move several times in every epoch. Run one forward pass, one backward() and one step() per epoch.",
            forms=tuple({STEP: STEP + one * (times - 1)} for one in ((once_more,) if again else (STEP,)) for times in (3, 5, 10)),
        ),
        Misconception(
            "lr left out",
            "Adam gets no lr and uses its own default of 0.001. Pass lr to it.",
            {ADAM: ADAM.replace(", lr=lr", "")},
            common=True,
        ),
        Misconception(
            "lr fixed in the code",
            "The learning rate is fixed in the code. Use the argument lr.",
            forms=tuple(_adam("lr=lr", f"lr={fixed}") for fixed in LRS),
            common=True,
        ),
        Misconception(
            "gradients clipped",
            "The gradients are clipped before the step. The task asks for a plain step, so remove the clipping.",
            forms=(
                *({**summed, **_clipped(kind, most)} for kind, most in (("norm", 1.0), ("norm", 0.5), ("value", 0.5))),
                *scaled(_clipped("norm", 0.1), _clipped("value", 0.1)),
            ),
        ),
    )


def rare_optimiser_mistakes() -> tuple[Misconception, ...]:
    """Other optimisers, other settings of Adam, and learning rates that change on the way."""
    others = ("Adagrad", "Adamax", "NAdam", "RAdam", "Adadelta")
    betas = [(one, two) for one in (0.0, 0.5, 0.8, 0.9, 0.95, 0.99) for two in (0.9, 0.95, 0.98, 0.99, 0.999)]
    betas.remove((0.9, 0.999))
    return (
        *(
            Misconception(
                f"{other} instead of Adam",
                f"The weights move as {other} moves them. Use torch.optim.Adam.",
                _adam("Adam", other),
            )
            for other in others
        ),
        Misconception(
            "other betas for Adam",
            "Adam gets other betas than its defaults. Pass it nothing but the parameters and lr.",
            forms=tuple(_adam("", "", f", betas={pair}") for pair in betas),
        ),
        Misconception(
            "other eps for Adam",
            "Adam gets another eps than its default. Pass it nothing but the parameters and lr.",
            forms=tuple(_adam("", "", f", eps={eps}") for eps in (0.001, 0.0001, 0.01, 0.1, 1.0, 1e-5)),
        ),
        Misconception(
            "amsgrad switched on",
            "amsgrad=True makes another optimiser of Adam: the task asks for Adam with nothing but lr.",
            _adam("", "", ", amsgrad=True"),
        ),
        Misconception(
            "lr changes during training",
            "The learning rate changes from epoch to epoch. Use the same lr in all of them, without a scheduler.",
            forms=tuple(
                {
                    ADAM: f"{ADAM}\n    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, {gamma})",
                    STEP: f"{STEP}        scheduler.step()\n",
                }
                for gamma in (0.9, 0.95, 0.99, 0.8, 0.5, 0.1)
            ),
        ),
    )


def mistakes_between_calls(lr: float) -> tuple[Misconception, ...]:
    """Mistakes that a single call with all its arguments does not show. lr: the default of the stub."""
    return (
        Misconception(
            "another default lr",
            f"Without the argument lr, train does not use {lr}. Keep the defaults of the stub.",
            forms=tuple({f"lr: float = {lr}": f"lr: float = {other}"} for other in (lr + 0.01, 0.001, *LRS) if other != lr),
        ),
        Misconception(
            "answers remembered between calls",
            "A cache returns the list of an earlier call, and nothing is trained. Remove lru_cache.",
            {"def train(": '@__import__("functools").lru_cache(maxsize=None)\ndef train('},
        ),
        Misconception(
            "optimiser kept between calls",
            "A second call continues with the optimiser of the first call. Create a new one in every call.",
            {ADAM: ADAM.replace("= ", '= model.optimizer = getattr(model, "optimizer", None) or ', 1)},
        ),
    )


def _clipped(kind: str, most: float) -> Swaps:
    return {BACKWARD: f"{BACKWARD}        nn.utils.clip_grad_{kind}_(model.parameters(), {most})\n"}


def _adam(old: str, new: str, more: str = "") -> Swaps:
    """Swaps for the line that makes the optimiser: `old` in its call becomes `new`, and `more` stands at its end."""
    line = ADAM.replace(old, new) if old else ADAM
    return {ADAM: line[:-1] + more + ")"}
