"""Mistakes in the embedding models and in their training, as swaps in the stubs of 05_lstm and 06_gru.

The two assignments' stubs read alike but for the layer, so their misconceptions are written once.
"""

from __future__ import annotations

from autograder.judge import Misconception


def model_mistakes(attribute: str, layer: str) -> tuple[Misconception, ...]:
    """Mistakes of a model whose recurrent layer, an nn.<layer>, is kept in self.<attribute>."""
    made, used = f"self.{attribute} = nn", f"self.{attribute}(embedded)"
    result = "return logits.flatten(0, 1)"
    layer_line = f"nn.{layer}(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)"
    return (
        Misconception(
            "recurrent layer named rnn",
            f"Parameters are named after the attributes, and saved weights are found by name: keep the layer in self.{attribute}.",
            {made: "self.rnn = nn", used: "self.rnn(embedded)"},
        ),
        Misconception(
            "embedding layer named embedding",
            "Parameters are named after the attributes, and saved weights are found by name: keep the embedding in self.emb.",
            {"self.emb = nn": "self.embedding = nn", "self.emb(x)": "self.embedding(x)"},
        ),
        Misconception(
            "embedding layer named embed",
            "Parameters are named after the attributes, and saved weights are found by name: keep the embedding in self.emb.",
            {"self.emb = nn": "self.embed = nn", "self.emb(x)": "self.embed(x)"},
        ),
        Misconception(
            "linear layer named linear",
            "Parameters are named after the attributes, and saved weights are found by name: keep the linear layer in self.fc.",
            {"self.fc = nn": "self.linear = nn", "self.fc(output)": "self.linear(output)"},
        ),
        Misconception(
            "embedding and linear layer under other names",
            "Parameters are named after the attributes, and saved weights are found by name: self.emb and self.fc.",
            {"self.emb = nn": "self.embedding = nn", "self.emb(x)": "self.embedding(x)",
             "self.fc = nn": "self.linear = nn", "self.fc(output)": "self.linear(output)"},
        ),
        Misconception(
            "batch_first forgotten",
            "The layer takes the first axis for time, so words of a batch mix. x is (batch, seq_len): it needs batch_first=True.",
            {", batch_first=True": ""},
        ),
        Misconception(
            "one layer whatever num_layers says",
            "The recurrent layer has one layer only. Pass num_layers on to it.",
            {"num_layers=num_layers, ": ""},
        ),
        Misconception(
            "two layers whatever num_layers says",
            "The recurrent layer has two layers always. Pass num_layers on to it.",
            {"num_layers=num_layers, ": "num_layers=2, "},
        ),
        Misconception(
            "the lecture's sizes written in",
            "The sizes are the numbers of the lecture. Use the constructor's arguments: another model has other sizes.",
            {"nn.Embedding(input_size, embedding_size)": "nn.Embedding(4, 10)",
             layer_line: f"nn.{layer}(10, 8, num_layers=2, batch_first=True)",
             "nn.Linear(hidden_size, num_class)": "nn.Linear(8, 4)"},
        ),
        Misconception(
            "layer in both directions",
            "The layer reads the word in both directions: then a letter's answer knows the letters after it. Leave bidirectional out.",
            {"batch_first=True)": "batch_first=True, bidirectional=True)",
             "nn.Linear(hidden_size, num_class)": "nn.Linear(2 * hidden_size, num_class)"},
        ),
        Misconception(
            "softmax at the end",
            "The rows are probabilities. Return plain logits: CrossEntropyLoss contains the softmax.",
            {result: "return torch.softmax(logits.flatten(0, 1), dim=1)"},
        ),
        Misconception(
            "log_softmax at the end",
            "The rows are logarithms of probabilities. Return plain logits: CrossEntropyLoss contains the log_softmax.",
            {result: "return torch.log_softmax(logits.flatten(0, 1), dim=1)"},
        ),
        Misconception(
            "relu before the linear layer",
            "A relu stands before the linear layer. The layer's output goes there as it is.",
            {"self.fc(output)": "self.fc(torch.relu(output))"},
        ),
        Misconception(
            "tanh after the linear layer",
            "The logits went through a tanh, which locks them between -1 and 1. Return what the linear layer gives.",
            {"logits = self.fc(output)": "logits = torch.tanh(self.fc(output))"},
        ),
        Misconception(
            "time before batch in the rows",
            "The rows come letter by letter: all first letters, then all second ones. They have to come word by word.",
            {result: "return logits.transpose(0, 1).flatten(0, 1)"},
        ),
        Misconception(
            "only the last letter",
            "There is one row per word, that of its last letter. The task asks for a row for every letter: use output, not h_n.",
            {"self.fc(output)": "self.fc(output[:, -1:])"},
        ),
        Misconception(
            "only the first word",
            "There are rows for the first word of the batch only. Flatten the first two axes instead of indexing one away.",
            {result: "return logits[0]"},
        ),
        Misconception(
            "batch and time not joined",
            "The logits still have three axes. Join the first two: (batch*seq_len, num_class).",
            {result: "return logits"},
        ),
        Misconception(
            "the word hello in place of x",
            "The answer is that for 'hello', whatever is asked: forward reads a global variable instead of its argument.",
            {"self.emb(x)": "self.emb(torch.tensor([HELLO]))"},
        ),
        Misconception(
            "gradient cut between the layers",
            "The values are right, but what lies before the cut learns nothing. Take .detach() or .data out of forward.",
            {used: f"self.{attribute}(embedded.detach())"},
        ),
    )  # fmt: skip


OPTIMIZER = "    optimizer = torch.optim.Adam(model.parameters(), lr=lr)\n"
RECORD = """        word = "".join(IDX2CHAR[index] for index in logits.argmax(dim=1).tolist())
        history.append((word, loss.item()))
"""
CLEAR, BACKWARD, STEP = "        optimizer.zero_grad()\n", "        loss.backward()\n", "        optimizer.step()\n"
UPDATE = CLEAR + BACKWARD + STEP
AGAIN = "        logits = model(inputs)\n        loss = criterion(logits, labels)\n"
EPOCHS = "    for _ in range(epochs):\n"

TRAIN_MISTAKES = (
    Misconception(
        "gradients not set to zero",
        "Gradients add up from epoch to epoch: call optimizer.zero_grad() once in every epoch.",
        {CLEAR: ""},
    ),
    Misconception(
        "weights never move",
        "No weight changes: backward() fills the gradients and step() uses them, in this order and without zero_grad() between them.",
        {UPDATE: BACKWARD + CLEAR + STEP},
    ),
    Misconception(
        "step before backward",
        "step() runs before backward(), so each step uses the gradients of the epoch before. First backward(), then step().",
        {UPDATE: STEP + CLEAR + BACKWARD},
    ),
    Misconception(
        "SGD instead of Adam",
        "The weights move as SGD moves them. The task asks for torch.optim.Adam.",
        {"torch.optim.Adam": "torch.optim.SGD"},
    ),
    Misconception(
        "AdamW instead of Adam",
        "The weights move as AdamW moves them: it makes all weights smaller in each step. The task asks for torch.optim.Adam.",
        {"torch.optim.Adam": "torch.optim.AdamW"},
    ),
    Misconception(
        "RMSprop instead of Adam",
        "The weights move as RMSprop moves them. The task asks for torch.optim.Adam.",
        {"torch.optim.Adam": "torch.optim.RMSprop"},
    ),
    Misconception(
        "a new optimizer in every epoch",
        "Adam remembers how earlier gradients went. Make it once, before the loop over the epochs.",
        {OPTIMIZER: "", EPOCHS: EPOCHS + "    " + OPTIMIZER},
    ),
    Misconception(
        "lr is always 0.05",
        "The learning rate is written into the loop. Hand the argument lr to the optimizer.",
        {"lr=lr": "lr=0.05"},
    ),
    Misconception(
        "lr not passed to the optimizer",
        "Without lr Adam takes its own default, 0.001, and the weights hardly move. Hand the argument lr to it.",
        {", lr=lr": ""},
    ),
    Misconception(
        "lr is always 0.1",
        "The learning rate is written into the loop. Hand the argument lr to the optimizer.",
        {"lr=lr": "lr=0.1"},
    ),
    Misconception(
        "softmax before the loss",
        "CrossEntropyLoss contains the softmax. Another one before it flattens the gradients: pass the plain logits.",
        {"criterion(logits, labels)": "criterion(torch.softmax(logits, dim=1), labels)"},
    ),
    Misconception(
        "one epoch too few",
        "The loop runs once less than epochs says: range(1, epochs) leaves one out.",
        {"range(epochs)": "range(1, epochs)"},
    ),
    Misconception(
        "one epoch too many",
        "The loop runs once more than epochs says: range(epochs) is enough.",
        {"range(epochs)": "range(epochs + 1)"},
    ),
    Misconception(
        "always 100 epochs",
        "The loop runs 100 times, whatever is asked. Use the argument epochs.",
        {"range(epochs)": "range(100)"},
    ),
    Misconception(
        "always 15 epochs",
        "The loop runs 15 times, whatever is asked. Use the argument epochs.",
        {"range(epochs)": "range(15)"},
    ),
    Misconception(
        "only the linear layer is trained",
        "The optimizer knows the parameters of fc alone. Give it model.parameters(), all of them.",
        {"Adam(model.parameters()": "Adam(model.fc.parameters()"},
    ),
    Misconception(
        "a copy is trained",
        "The model that was passed does not change: train works on a copy or on a new model. Train the one you are given.",
        {OPTIMIZER: "    import copy\n\n    model = copy.deepcopy(model)\n" + OPTIMIZER},
    ),
    Misconception(
        "the input is the target",
        "The model learns to repeat its input. The loss compares the logits with labels.",
        {"criterion(logits, labels)": "criterion(logits, inputs.flatten())"},
    ),
    Misconception(
        "trained on hello and ohlol only",
        "The word and the target are those of the lecture, whatever is asked. Use the arguments inputs and labels.",
        {"model(inputs)": "model(torch.tensor([HELLO]))", "criterion(logits, labels)": "criterion(logits, torch.tensor(OHLOL))"},
    ),
    Misconception(
        "the target is always ohlol",
        "The target is that of the lecture, whatever is asked. Use the argument labels.",
        {"criterion(logits, labels)": "criterion(logits, torch.tensor(OHLOL))"},
    ),
    Misconception(
        "loss of the last letter only",
        "Only the last letter counts in the loss. All rows of logits belong into it, with all labels.",
        {"criterion(logits, labels)": "criterion(logits[-1:], labels[-1:])"},
    ),
    Misconception(
        "a step for every letter",
        "backward() and step() run for each letter of the word. Add up the letters first: one step per epoch.",
        {UPDATE: """
        for t in range(len(labels)):
            optimizer.zero_grad()
            criterion(model(inputs)[t : t + 1], labels[t : t + 1]).backward()
            optimizer.step()
"""},
    ),
    Misconception(
        "letters read one at a time",
        "Each letter goes through the model alone, so it forgets the letters before. Give it the whole word at once.",
        {"model(inputs)": "torch.cat([model(inputs[:, t : t + 1]) for t in range(inputs.shape[1])])"},
    ),
    Misconception(
        "string and loss from after the step",
        "String and loss belong to the weights after the step. Take both from the forward pass before it.",
        {RECORD + UPDATE: UPDATE + AGAIN + RECORD},
    ),
    Misconception(
        "string from after the step",
        "The string belongs to the weights after the step, the loss to those before. Decode the logits of this epoch's forward pass.",
        {RECORD + UPDATE: "        error = loss.item()\n" + UPDATE + AGAIN + RECORD.replace("loss.item()", "error")},
    ),
    Misconception(
        "loss left a tensor",
        "The losses are tensors. A Python float is what loss.item() gives.",
        {"(word, loss.item())": "(word, loss.detach())"},
    ),
    Misconception(
        "losses added up over the epochs",
        "The loss of an epoch contains those of the epochs before. Record this epoch's loss alone.",
        {"(word, loss.item())": "(word, loss.item() + sum(past for _, past in history[-1:]))"},
    ),
    Misconception(
        "indices instead of a string",
        "The first part of a pair is a list of indices. Look each one up in IDX2CHAR and join the letters.",
        {"(word, loss.item())": "(logits.argmax(dim=1).tolist(), loss.item())"},
    ),
    Misconception(
        "letters not joined",
        "The first part of a pair is a list of letters. Join them: ''.join(...).",
        {"(word, loss.item())": "(list(word), loss.item())"},
    ),
    Misconception(
        "the target decoded",
        "The string is the target in every epoch. Decode what the model says: the argmax of each row of logits.",
        {"logits.argmax(dim=1).tolist()": "labels.tolist()"},
    ),
    Misconception(
        "loss before string",
        "The pairs stand in the order loss, string. Return (string, loss).",
        {"(word, loss.item())": "(loss.item(), word)"},
    ),
    Misconception(
        "only the strings returned",
        "The losses are missing. Append the pair (string, loss) in every epoch.",
        {"history.append((word, loss.item()))": "history.append(word)"},
    ),
    Misconception(
        "only the losses returned",
        "The strings are missing. Append the pair (string, loss) in every epoch.",
        {"history.append((word, loss.item()))": "history.append(loss.item())"},
    ),
    Misconception(
        "only the last epoch returned",
        "There is one pair, that of the last epoch. Collect a pair in every epoch.",
        {"return history": "return history[-1]"},
    ),
    Misconception(
        "nothing returned",
        "The model is trained, but train returns None. Collect a pair (string, loss) in every epoch and return the list.",
        {"    return history\n": ""},
    ),
)  # fmt: skip
