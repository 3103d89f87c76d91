import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
HELLO = [1, 0, 2, 2, 3]  # the input word
OHLOL = [3, 1, 2, 3, 2]  # the word to learn

def gru_cell_step(
    x: Tensor,
    h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> Tensor:
    """Take one GRU step in PyTorch's form for a whole batch and return the new hidden state.

    Shapes:
        x: (batch, input_size)
        h: (batch, hidden_size)
        weight_ih: (3*hidden_size, input_size)
        weight_hh: (3*hidden_size, hidden_size)
        bias_ih, bias_hh: (3*hidden_size,)
        returns: (batch, hidden_size)

    The three blocks of rows belong to r, z, n, in this order. The reset gate multiplies W_hn h + b_hn.

    Example: with all weights and biases zero, r = z = 0.5 and n = 0. The step halves the state: from
    h = [[0.8]] it returns [[0.4]].

    Do not change the arguments, and keep no state between calls. Gradients reach x, h and all
    parameters. Write the equations yourself: handing the work to nn.GRU, nn.GRUCell or their functional
    forms is not what is asked and will be flagged.
    Source of the equations: PyTorch documentation of nn.GRU, lecture 12, Exercise 12-2.
    """
    ### BEGIN SOLUTION
    # The two products stay apart: in the candidate n, the reset gate multiplies only what comes from h.
    x_r, x_z, x_n = (x @ weight_ih.T + bias_ih).chunk(3, dim=1)  # 3 x (batch, hidden_size)
    h_r, h_z, h_n = (h @ weight_hh.T + bias_hh).chunk(3, dim=1)  # 3 x (batch, hidden_size)
    r = torch.sigmoid(x_r + h_r)
    z = torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h
    ### END SOLUTION

def gru_cell_step_paper(x: Tensor, h: Tensor, w_z: Tensor, w_r: Tensor, w: Tensor) -> Tensor:
    """Take one GRU step in the form of the lecture's slide and return the new hidden state.

    Shapes:
        x: (batch, input_size)
        h: (batch, hidden_size)
        w_z, w_r, w: (hidden_size, hidden_size + input_size), first the columns for h, then those for x
        returns: (batch, hidden_size)

    There are no biases. The reset gate multiplies h before the product with w, and z weighs the
    candidate.

    Example: with w_z = w_r = [[0., 0.]] both gates are 0.5. From x = [[0.25]], h = [[0.5]] and w =
    [[2., 1.]] the candidate is tanh(2 * 0.25 + 1 * 0.25) = 0.6351, and the step returns [[0.5676]].

    Do not change the arguments, and keep no state between calls. Gradients reach x, h and all weights.
    Write the equations yourself: handing the work to nn.GRU, nn.GRUCell or their functional forms is
    not what is asked and will be flagged.
    Source of the equations: lecture 12, Exercise 12-2, first slide.
    """
    ### BEGIN SOLUTION
    joined = torch.cat([h, x], dim=1)  # (batch, hidden_size + input_size)
    z = torch.sigmoid(joined @ w_z.T)
    r = torch.sigmoid(joined @ w_r.T)
    # Reset first, product second: each unit of h is scaled before w mixes the units.
    candidate = torch.tanh(torch.cat([r * h, x], dim=1) @ w.T)
    return (1 - z) * h + z * candidate
    ### END SOLUTION

def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    output = []
    for x in inputs:
        h = gru_cell_step(x, h, weight_ih, weight_hh, bias_hh, bias_ih)
        output.append(h)
    return torch.stack(output), h

class GRUModel(nn.Module):
    """Read letters as indices and give one row of logits per letter: embedding, GRU, linear layer.

    Attributes, with exactly these names:
        emb: nn.Embedding, input_size indices -> vectors of embedding_size
        gru: nn.GRU, batch first, num_layers layers of hidden_size
        fc: nn.Linear, hidden_size -> num_class

    Example: GRUModel()(torch.tensor([[1, 0, 2, 2, 3]])) has shape (5, 4): five letters, four classes.

    Source: lecture 12, Example 12-3 and Exercise 12-2; PyTorch documentation of nn.GRU.
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
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every letter, the words of the batch one after the other.

        Shapes: x (batch, seq_len), int64 -> logits (batch*seq_len, num_class).

        h starts at zero on every call: keep no state between calls, and do not change x.
        Return plain logits, without softmax.
        """
        ### BEGIN SOLUTION
        embedded = self.emb(x)        # (batch, seq_len) -> (batch, seq_len, embedding_size)
        # No state is passed: nn.GRU then starts h at zero, for any batch size and on every call.
        output, _ = self.gru(embedded)  # -> (batch, seq_len, hidden_size)
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

    Example: with inputs [[1, 0, 2, 2, 3]] and labels [3, 1, 2, 3, 2], train(GRUModel(), inputs,
    labels, epochs=2) returns something like [("lllll", 1.3958), ("lllll", 1.2338)].

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