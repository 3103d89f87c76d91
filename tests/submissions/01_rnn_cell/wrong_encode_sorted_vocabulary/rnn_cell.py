from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
X_DATA = [1, 0, 2, 2, 3]  # "hello"
Y_DATA = [3, 1, 2, 3, 2]  # "ohlol"

def encode(text: str, idx2char: list[str]) -> Tensor:
    # char -> index, like in min-char-rnn
    chars = sorted(set(idx2char))
    char_to_ix = {ch: i for i, ch in enumerate(chars)}
    for ch in text:
        if ch not in char_to_ix:
            raise ValueError("unknown character: " + ch)
    x = torch.zeros(len(text), 1, len(chars))
    for t, ch in enumerate(text):
        x[t][0][char_to_ix[ch]] = 1
    return x

def rnn_cell_step(
    x: Tensor,
    h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> Tensor:
    """Compute the next hidden state: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    The equation is that of torch.nn.RNNCell (PyTorch docs). Write it with tensor operations; handing
    the work to nn.RNN*, nn.LSTM*, nn.GRU* or their functional forms is not what is asked and will be
    flagged. Gradients must reach every argument. Do not change the arguments.

    Args:
        x: input, (batch, input_size).
        h: previous hidden state, (batch, hidden_size).
        weight_ih: (hidden_size, input_size).
        weight_hh: (hidden_size, hidden_size).
        bias_ih: (hidden_size,).
        bias_hh: (hidden_size,).

    Returns:
        The new hidden state, (batch, hidden_size).

    Example:
        x = [[1, 0]], h = [[0.5]], weight_ih = [[0.2, 0.4]], weight_hh = [[0.6]], bias_ih = [0.1] and
        bias_hh = [0.2] give [[tanh(0.2 + 0.1 + 0.3 + 0.2)]] = [[tanh(0.8)]] = [[0.6640]].
    """
    ### BEGIN SOLUTION
    # PyTorch stores a weight as (out, in) and a batch holds its items in rows, hence the transposes.
    return torch.tanh(x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)
    ### END SOLUTION

def run_cell(
    cell: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, h: Tensor
) -> tuple[Tensor, Tensor]:
    """Run a cell over a sequence and collect the hidden state of every step.

    Do not change the arguments, and keep no state between calls. Gradients flow through all steps.

    Args:
        cell: any callable that takes (x, h) and returns the new h, for example an nn.RNNCell.
        inputs: (seq_len, batch, input_size), with seq_len at least 1.
        h: the initial hidden state, (batch, hidden_size).

    Returns:
        outputs: the state after every step, (seq_len, batch, hidden_size).
        h_n: the state after the last step, (batch, hidden_size).

    Example:
        With cell = lambda x, h: 10 * h + x, inputs [[[1.]], [[2.]], [[3.]]] and h = [[0.]],
        outputs is [[[1.]], [[12.]], [[123.]]] and h_n is [[123.]].
    """
    ### BEGIN SOLUTION
    outputs = []
    for x in inputs:  # x: (batch, input_size)
        h = cell(x, h)
        outputs.append(h)
    # stack makes the time axis; cat would glue the steps together along the batch.
    return torch.stack(outputs), h  # seq_len times (batch, hidden_size) -> (seq_len, batch, hidden_size)
    ### END SOLUTION

def run_stacked_cells(
    cell1: Callable[[Tensor, Tensor], Tensor],
    cell2: Callable[[Tensor, Tensor], Tensor],
    inputs: Tensor,
    h1: Tensor,
    h2: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run two cells on top of each other; the second reads the new state of the first.

    Do not change the arguments, and keep no state between calls. Gradients flow through both cells and
    all steps.

    Args:
        cell1: callable (x, h1) -> new h1.
        cell2: callable (new h1, h2) -> new h2.
        inputs: (seq_len, batch, input_size), with seq_len at least 1.
        h1: initial state of the first cell, (batch, hidden_size_1).
        h2: initial state of the second cell, (batch, hidden_size_2).

    Returns:
        outputs: the second cell's state after every step, (seq_len, batch, hidden_size_2).
        h1: the first cell's last state, (batch, hidden_size_1).
        h2: the second cell's last state, (batch, hidden_size_2).

    Example:
        With cell1 = lambda x, h: 10 * h + x, cell2 = lambda x, h: h + x, inputs [[[1.]], [[2.]]] and
        both states [[0.]], the first cell goes through 1, 12 and the second through 1, 13: outputs is
        [[[1.]], [[13.]]], h1 is [[12.]], h2 is [[13.]].
    """
    ### BEGIN SOLUTION
    outputs = []
    for x in inputs:  # x: (batch, input_size)
        # h1 is replaced first: the second cell must see this step's state, not the one before.
        h1 = cell1(x, h1)
        h2 = cell2(h1, h2)
        outputs.append(h2)
    return torch.stack(outputs), h1, h2
    ### END SOLUTION

class RNNCellModel(nn.Module):
    """One nn.RNNCell as a model, kept in the attribute `rnncell` (lecture, Example 12-1).

    Args:
        input_size: numbers per input vector.
        hidden_size: numbers per hidden state.
        batch_size: sequences per batch, used by init_hidden.

    Example:
        model = RNNCellModel(input_size=4, hidden_size=3, batch_size=2)
        model.init_hidden() is a (2, 3) tensor of zeros;
        model(torch.randn(2, 4), model.init_hidden()) has shape (2, 3).
    """

    def __init__(self, input_size: int, hidden_size: int, batch_size: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.batch_size = batch_size
        self.hidden_size = hidden_size
        self.rnncell = nn.RNNCell(input_size=input_size, hidden_size=hidden_size)
        ### END SOLUTION

    def forward(self, input: Tensor, hidden: Tensor) -> Tensor:
        """One step: input (batch, input_size), hidden (batch, hidden_size) -> (batch, hidden_size)."""
        ### BEGIN SOLUTION
        return self.rnncell(input, hidden)
        ### END SOLUTION

    def init_hidden(self) -> Tensor:
        """Return the state before the first step: new zeros, (batch_size, hidden_size)."""
        ### BEGIN SOLUTION
        # new_zeros takes dtype and device from the weights, so the state always fits the cell.
        return self.rnncell.weight_hh.new_zeros(self.batch_size, self.hidden_size)
        ### END SOLUTION

def train(
    model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.1
) -> list[str]:
    """Train the model in place with Adam and return what it predicted in each epoch.

    The loss of an epoch is the cross-entropy summed over the time steps; each epoch starts from
    model.init_hidden(). The string of an epoch comes from that epoch's forward pass, before the
    optimiser's step. It is decoded with IDX2CHAR: at each step the letter with the largest logit.

    Args:
        model: has forward(input, hidden) and init_hidden(), like RNNCellModel; its batch_size is 1.
        inputs: one-hot letters, (seq_len, 1, input_size).
        labels: indices of the right letters, int64, (seq_len, 1).
        epochs: passes over the sequence.
        lr: learning rate of Adam.

    Returns:
        One string of seq_len letters per epoch.

    Example:
        train(model, inputs, labels, epochs=2) might return ["loeeh", "oooeh"].
    """
    ### BEGIN SOLUTION
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    predictions = []
    for _ in range(epochs):
        hidden = model.init_hidden()
        loss = inputs.new_zeros(())
        letters = []
        for x, label in zip(inputs, labels, strict=True):  # x: (1, input_size), label: (1,)
            hidden = model(x, hidden)
            loss = loss + F.cross_entropy(hidden, label)
            letters.append(IDX2CHAR[hidden.argmax(dim=1).item()])
        # One backward pass through all steps: the state links them, so early steps learn from late errors.
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        predictions.append("".join(letters))
    return predictions
    ### END SOLUTION