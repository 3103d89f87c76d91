import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
HELLO = [1, 0, 2, 2, 3]  # the input word
OHLOL = [3, 1, 2, 3, 2]  # the word to learn

def lstm_cell_step(
    x: Tensor,
    state: tuple[Tensor, Tensor],
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> tuple[Tensor, Tensor]:
    """Take one LSTM step for a whole batch and return the new state `(h, c)`.

    Shapes:
        x: (batch, input_size)
        state: `(h, c)`, each (batch, hidden_size)
        weight_ih: (4*hidden_size, input_size)
        weight_hh: (4*hidden_size, hidden_size)
        bias_ih, bias_hh: (4*hidden_size,)
        returns: `(h, c)`, each (batch, hidden_size)

    The four blocks of rows belong to the gates i, f, g, o, in this order.

    Example: with all weights and biases zero, i = f = o = 0.5 and g = 0. The step halves the memory:
    from h = [[0.]] and c = [[2.]] it returns h = [[0.3808]] (0.5 * tanh(1)) and c = [[1.]].

    Do not change the arguments, and keep no state between calls. Gradients reach x, the state and all
    parameters. Write the equations yourself: handing the work to nn.LSTM, nn.LSTMCell or their
    functional forms is not what is asked and will be flagged.
    Source of the equations: PyTorch documentation of nn.LSTM, lecture 12, Exercise 12-1.
    """
    ### BEGIN SOLUTION
    h, c = state
    # One product per operand computes all four gates: their weights are stored as blocks of rows.
    gates = x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh  # (batch, 4*hidden_size)
    i, f, g, o = gates.chunk(4, dim=1)                             # 4 x (batch, hidden_size)
    c_next = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h_next = torch.sigmoid(o) * torch.tanh(c_next)
    return h_next, c_next
    ### END SOLUTION

def lstm_forward(
    inputs: Tensor,
    state: tuple[Tensor, Tensor],
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Run one LSTM layer over a sequence and return `(output, (h_n, c_n))`.

    Shapes:
        inputs: (seq_len, batch, input_size), seq_len at least 1
        state: `(h_0, c_0)`, each (batch, hidden_size)
        weight_ih, weight_hh, bias_ih, bias_hh: as in lstm_cell_step
        output: (seq_len, batch, hidden_size), the hidden state h of every time step
        h_n, c_n: (batch, hidden_size), the state after the last time step

    Example: with all weights and biases zero, c is halved at every step. Three steps from h_0 = [[0.]]
    and c_0 = [[8.]] return c_n = [[1.]] and output = [[[0.4997]], [[0.4820]], [[0.3808]]]; h_n is
    [[0.3808]].

    Do not change the arguments, and keep no state between calls. Gradients reach the inputs, the state
    and all parameters. Handing the work to nn.LSTM, nn.LSTMCell or their functional forms is not what
    is asked and will be flagged; your lstm_cell_step is welcome.
    Source of the shapes: PyTorch documentation of nn.LSTM, lecture 12, Exercise 12-1.
    """
    ### BEGIN SOLUTION
    h, c = state
    outputs = []
    for x in inputs:  # (batch, input_size)
        # Both parts of the state travel on; only h is shown to the outside.
        h, c = lstm_cell_step(x, (h, c), weight_ih, weight_hh, bias_ih, bias_hh)
        outputs.append(h)
    return torch.stack(outputs), (h, c)  # seq_len x (batch, hidden_size) -> (seq_len, batch, hidden_size)
    ### END SOLUTION

class LSTMModel(nn.Module):
    """Read letters as indices and give one row of logits per letter: embedding, LSTM, linear layer.

    Attributes, with exactly these names:
        emb: nn.Embedding, input_size indices -> vectors of embedding_size
        lstm: nn.LSTM, batch first, num_layers layers of hidden_size
        fc: nn.Linear, hidden_size -> num_class

    Example: LSTMModel()(torch.tensor([[1, 0, 2, 2, 3]])) has shape (5, 4): five letters, four classes.

    Source: lecture 12, Example 12-3 and Exercise 12-1; PyTorch documentation of nn.LSTM.
    """

    def __init__(
        self,
        input_size: int = 4,
        embedding_size: int = 10,
        hidden_size: int = 8,
        num_layers: int = 2,
        num_class: int = 4,
    ) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every letter, the words of the batch one after the other.

        Shapes: x (batch, seq_len), int64 -> logits (batch*seq_len, num_class).

        h and c start at zero on every call: keep no state between calls, and do not change x.
        Return plain logits, without softmax.
        """
        ### BEGIN SOLUTION
        embedded = self.emb(x)        # (batch, seq_len) -> (batch, seq_len, embedding_size)
        # No state is passed: nn.LSTM then starts h and c at zero, for any batch size and on every call.
        output, _ = self.lstm(embedded)  # -> (batch, seq_len, hidden_size)
        logits = self.fc(output)      # -> (batch, seq_len, num_class)
        return logits.flatten(0, 1)   # -> (batch*seq_len, num_class)
        ### END SOLUTION

import copy

def train(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    epochs: int = 100,
    lr: float = 0.05,
) -> list[tuple[str, float]]:
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    best_loss = float("inf")
    best_weights = None
    history = []
    for _ in range(epochs):
        optimizer.zero_grad()
        logits = model(inputs)
        loss = criterion(logits, labels)
        if loss.item() < best_loss:
            best_loss = loss.item()
            best_weights = copy.deepcopy(model.state_dict())
        word = "".join(IDX2CHAR[i] for i in logits.argmax(dim=1).tolist())
        history.append((word, loss.item()))
        loss.backward()
        optimizer.step()
    # return to the best model
    model.load_state_dict(best_weights)
    return history