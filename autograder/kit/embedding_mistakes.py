"""Mistakes in the embedding models and in their training, as swaps in the stubs of 05_lstm and 06_gru.

The two assignments' stubs read alike but for the layer, so their misconceptions are written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from autograder.judge import Misconception

from .loop_mistakes import loop_mistakes
from .optimiser_mistakes import Swaps


def model_mistakes(attribute: str, layer: str) -> tuple[Misconception, ...]:
    """Mistakes of a model whose recurrent layer, an nn.<layer>, is kept in self.<attribute>."""
    made, used = f"self.{attribute} = nn", f"self.{attribute}(embedded)"
    result = "return logits.flatten(0, 1)"
    layer_line = f"nn.{layer}(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)"
    zeros = f"torch.zeros(self.{attribute}.num_layers, x.shape[0], self.{attribute}.hidden_size)"
    first, last = (f"({zeros}, {zeros})", "(output, _)") if layer == "LSTM" else (zeros, "output")
    return (
        *_in_the_layers(attribute, made, used),
        Misconception(
            "batch_first forgotten",
            "Without batch_first=True the layer takes the first axis for time: letters of other words get into the memory, or "
            "the state does not fit. x is (batch, seq_len): pass batch_first=True, and transpose nothing.",
            forms=(
                {", batch_first=True": ""},
                {", batch_first=True": "", used: used.replace("embedded", f"embedded, {first}")},
            ),
            common=True,
        ),
        Misconception(
            "num_layers ignored",
            "The recurrent layer always has one layer. Pass num_layers to it.",
            {"num_layers=num_layers, ": ""},
        ),
        Misconception(
            "num_layers fixed at 2",
            "The recurrent layer always has two layers. Pass num_layers to it.",
            {"num_layers=num_layers, ": "num_layers=2, "},
        ),
        Misconception(
            "sizes fixed in the code",
            "The layers always have the lecture's sizes. Use the constructor's arguments.",
            {"nn.Embedding(input_size, embedding_size)": "nn.Embedding(4, 10)",
             layer_line: f"nn.{layer}(10, 8, num_layers=2, batch_first=True)",
             "nn.Linear(hidden_size, num_class)": "nn.Linear(8, 4)"},
        ),
        Misconception(
            "index 0 taken for padding",
            "padding_idx=0 keeps the vector of index 0 from learning. Here index 0 is a letter like the others: leave it out.",
            {"nn.Embedding(input_size, embedding_size)": "nn.Embedding(input_size, embedding_size, padding_idx=0)"},
        ),
        Misconception(
            "layer in both directions",
            "The layer reads the word in both directions, so each prediction depends on later letters. Leave bidirectional out.",
            {"batch_first=True)": "batch_first=True, bidirectional=True)",
             "nn.Linear(hidden_size, num_class)": "nn.Linear(2 * hidden_size, num_class)"},
        ),
        Misconception(
            "softmax at the end",
            "The rows are probabilities. Return logits, because CrossEntropyLoss applies the softmax itself.",
            {result: "return torch.softmax(logits.flatten(0, 1), dim=1)"},
            common=True,
        ),
        Misconception(
            "log_softmax at the end",
            "The rows are log-probabilities. Return the logits of fc unchanged.",
            {result: "return torch.log_softmax(logits.flatten(0, 1), dim=1)"},
        ),
        Misconception(
            "softmax in eval mode",
            "After model.eval() the rows are probabilities. Return plain logits in both modes: argmax finds the same letter.",
            {result: "logits = logits.flatten(0, 1)\n        return logits if self.training else torch.softmax(logits, dim=1)"},
        ),
        Misconception(
            "relu on the embeddings",
            f"The vectors went through a relu or a tanh on their way from emb to the {layer}: they go in as they are.",
            forms=tuple({used: used.replace("embedded", f"embedded.{short}()")} for short in ("relu", "tanh")),
        ),
        Misconception(
            "relu before the linear layer",
            "There is a relu before fc. Pass the output of the recurrent layer to fc unchanged.",
            {"self.fc(output)": "self.fc(torch.relu(output))"},
        ),
        Misconception(
            "relu after the linear layer",
            "The logits go through a relu. Return the logits of fc unchanged.",
            {"logits = self.fc(output)": "logits = torch.relu(self.fc(output))"},
        ),
        Misconception(
            "tanh after the linear layer",
            "The logits go through a tanh. Return the logits of fc unchanged.",
            {"logits = self.fc(output)": "logits = torch.tanh(self.fc(output))"},
        ),
        Misconception(
            "last states instead of the output",
            f"The second result of nn.{layer} holds the last state of every layer. Pass the first result to fc.",
            {f"output, _ = {used}": f"_, {last} = {used}"},
        ),
        Misconception(
            "initial state of ones",
            "The initial state is not zero. Create it with torch.zeros, or leave it out.",
            {used: used.replace("embedded", f"embedded, {first.replace('zeros', 'ones')}")},
        ),
        Misconception(
            "rows letter by letter",
            "The rows go letter by letter. The batch comes first, so flatten without a transpose, and the rows go word by word.",
            {result: "return logits.transpose(0, 1).flatten(0, 1)"},
        ),
        Misconception(
            "only the last step",
            "There is one row per word, that of its last letter. Return a row for every letter: use output, not h_n.",
            {"self.fc(output)": "self.fc(output[:, -1:])"},
            common=True,
        ),
        Misconception(
            "only the first word",
            "Only the first word of the batch is returned. Flatten the first two axes instead of indexing one of them.",
            {result: "return logits[0]"},
        ),
        Misconception(
            "output not flattened",
            "The logits still have three axes. Flatten the first two: (batch*seq_len, num_class).",
            {result: "return logits"},
        ),
        Misconception(
            "global data instead of the argument",
            "forward reads a global variable, the word 'hello', instead of its argument. Use x.",
            {"self.emb(x)": "self.emb(torch.tensor([HELLO]))"},
        ),
        Misconception(
            "embedding detached",
            "The values are right, but the layers before the cut never learn. Remove .detach() or .data from forward.",
            {used: f"self.{attribute}(embedded.detach())"},
        ),
    )  # fmt: skip


def _in_the_layers(attribute: str, made: str, used: str) -> tuple[Misconception, ...]:
    def renamed(recurrent: str = attribute, embedding: str = "emb", linear: str = "fc") -> Swaps:
        return {
            made: f"self.{recurrent} = nn", used: f"self.{recurrent}(embedded)",
            "self.emb = nn": f"self.{embedding} = nn", "self.emb(x)": f"self.{embedding}(x)",
            "self.fc = nn": f"self.{linear} = nn", "self.fc(output)": f"self.{linear}(output)",
        }  # fmt: skip

    return (
        Misconception(
            "attributes under other names",
            "Parameters are named after the attributes, and saved weights are found by those names: keep the layers in "
            f"self.emb, self.{attribute} and self.fc.",
            forms=(
                renamed("rnn"),
                renamed(embedding="embedding"),
                renamed(embedding="embed"),
                renamed(linear="linear"),
                renamed(linear="out"),
                renamed(embedding="embedding", linear="linear"),
                renamed("rnn", "embedding", "linear"),
            ),
        ),
        Misconception(
            "output and state not unpacked",
            "A recurrent layer returns two things, the output and its last state. Unpack them: output, _ = ...",
            {f"output, _ = {used}": f"output = {used}"},
            common=True,
        ),
    )


MEAN, SUM = "criterion = nn.CrossEntropyLoss()", 'criterion = nn.CrossEntropyLoss(reduction="sum")'
UPDATE = "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n"
RECORD = """        word = "".join(IDX2CHAR[index] for index in logits.argmax(dim=1).tolist())
        history.append((word, loss.item()))
"""
PAIR = "(word, loss.item())"

OWN_MISTAKES = (
    Misconception(
        "step before backward",
        "step() runs before backward(), so each step uses the gradients of the epoch before. First backward(), then step().",
        {UPDATE: "        optimizer.step()\n        optimizer.zero_grad()\n        loss.backward()\n"},
    ),
    Misconception(
        "only the linear layer is trained",
        "The optimiser gets only the parameters of fc. Pass it model.parameters().",
        {"Adam(model.parameters()": "Adam(model.fc.parameters()"},
    ),
    Misconception(
        "indices instead of letters",
        "The first part of each pair is a list of indices. Look each one up in IDX2CHAR and join the letters.",
        {PAIR: "(logits.argmax(dim=1).tolist(), loss.item())"},
    ),
    Misconception(
        "target decoded",
        "The string is the target word in every epoch. Decode the model's prediction, the argmax of each row of logits.",
        {"logits.argmax(dim=1).tolist()": "labels.tolist()"},
    ),
)


def train_mistakes() -> tuple[Misconception, ...]:
    """Mistakes of the training loop, each with the mean and with the sum of the loss over the letters.

    Both are right, but with gates many gradients are so small that Adam moves the weights a little differently.
    """
    shared = loop_mistakes(
        record=RECORD,
        string="word",
        split="inputs.split(1, dim=1)",
        indices="inputs.flatten()",
        hello="torch.tensor([HELLO])",
        epochs=100,
    )
    return tuple(with_sum_of_losses(m) for m in (*shared, *OWN_MISTAKES))


def with_sum_of_losses(mistake: Misconception) -> Misconception:
    """The mistake with one form more for each: its loss is the sum over the letters, all through the training."""
    forms = [form for form in mistake.forms or (mistake.swaps,) if " * len(labels)" not in str(form)]
    summed = [_merged({MEAN: SUM}, form) for form in forms if not isinstance(form, str) and "NLLLoss" not in str(form)]
    return replace(mistake, swaps={}, forms=(*forms, *summed))


def _merged(one: Mapping[str, str], other: Mapping[str, str]) -> Swaps:
    return {**one, **other}
