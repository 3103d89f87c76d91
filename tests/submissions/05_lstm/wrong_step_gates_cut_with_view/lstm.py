import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
HELLO = [1, 0, 2, 2, 3]  # the input word
OHLOL = [3, 1, 2, 3, 2]  # the word to learn

def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h_prev, c_prev = state
    batch, hidden = h_prev.shape
    z = (x @ weight_ih.t() + h_prev @ weight_hh.t() + bias_ih + bias_hh).view(4, batch, hidden)
    it = torch.sigmoid(z[0])
    ft = torch.sigmoid(z[1])
    gt = torch.tanh(z[2])
    ot = torch.sigmoid(z[3])
    ct = ft * c_prev + it * gt
    return ot * torch.tanh(ct), ct

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

def train(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    epochs: int = 100,
    lr: float = 0.05,
) -> list[tuple[str, float]]:
    """Train the model in place with Adam and cross-entropy; return `(string, loss)` for every epoch.

    Shapes:
        inputs: (1, seq_len), int64, one word
        labels: (seq_len,), int64, the right class of every letter
        model(inputs): (seq_len, num_class), logits
        returns: a list with one pair (str, float) per epoch

    The string and the loss of an epoch come from that epoch's forward pass, before the step. The string
    is decoded with IDX2CHAR. The loss is a Python float, the sum or the mean over the letters. One
    forward pass and one Adam step per epoch, on all parameters of the model.

    Example: with inputs [[1, 0, 2, 2, 3]] and labels [3, 1, 2, 3, 2], train(LSTMModel(), inputs,
    labels, epochs=2) returns something like [("hhhhh", 1.4232), ("lllll", 1.3397)].

    Do not change inputs or labels, and keep no state between calls: every call makes its own optimizer.
    Source: lecture 12, Example 12-3.
    """
    ### BEGIN SOLUTION
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        logits = model(inputs)  # (seq_len, num_class)
        loss = criterion(logits, labels)
        # Recorded before the step, so that string and loss belong to the same weights.
        word = "".join(IDX2CHAR[index] for index in logits.argmax(dim=1).tolist())
        history.append((word, loss.item()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return history
    ### END SOLUTION