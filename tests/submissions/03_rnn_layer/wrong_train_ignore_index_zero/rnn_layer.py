import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]

def rnn_forward(
    inputs: Tensor, h_0: Tensor, parameters: dict[str, Tensor], num_layers: int
) -> tuple[Tensor, Tensor]:
    """Run a stack of tanh RNN layers over a sequence, from the equation.

    inputs:     (seq_len, batch, input_size)
    h_0:        (num_layers, batch, hidden_size), row k is the first state of layer k
    parameters: for every layer k: weight_ih_l{k}, weight_hh_l{k}, bias_ih_l{k}, bias_hh_l{k},
                named and shaped as in nn.RNN; a missing name is a KeyError
    returns:    output (seq_len, batch, hidden_size), every state of the top layer, and
                h_n (num_layers, batch, hidden_size), the last state of every layer

    Equation (PyTorch docs, nn.RNN):
        h_t = tanh(x_t W_ih^T + b_ih + h_(t-1) W_hh^T + b_hh)

    Example: one layer, all sizes 1, both weights 1, both biases 0, h_0 zero. The inputs 1.0, 0.0
    give the states tanh(1.0 + 0) = 0.7616 and tanh(0.0 + 0.7616) = 0.6420. So output is
    [[[0.7616]], [[0.6420]]] and h_n is [[[0.6420]]].

    Write the loops yourself: handing the work to nn.RNN, nn.RNNCell or their functional forms is
    not what is asked, and is flagged for review. Do not change the arguments; keep no state between
    calls; return new tensors; let gradients flow to inputs, h_0 and every parameter.
    """
    ### BEGIN SOLUTION
    # Layer by layer, not step by step: a layer needs the whole sequence below it and nothing above.
    sequence = inputs
    last_states = []
    for k in range(num_layers):
        w_ih, w_hh = parameters[f"weight_ih_l{k}"], parameters[f"weight_hh_l{k}"]
        bias = parameters[f"bias_ih_l{k}"] + parameters[f"bias_hh_l{k}"]
        h = h_0[k]  # (batch, hidden_size)
        states = []
        for x in sequence:
            h = torch.tanh(x @ w_ih.T + h @ w_hh.T + bias)
            states.append(h)
        sequence = torch.stack(states)  # (seq_len, batch, hidden_size)
        last_states.append(h)
    return sequence, torch.stack(last_states)
    ### END SOLUTION

class RNNModel(nn.Module):
    """Example 12-2: one nn.RNN, whose states are read as logits.

    input_size, hidden_size, batch_size, num_layers: sizes; the constructor is called by keyword.
    attribute rnn: an nn.RNN(input_size, hidden_size, num_layers), time first. It is the only layer,
    so the parameters are called rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, ...

    Example: RNNModel(input_size=4, hidden_size=4, batch_size=1) maps (5, 1, 4) to (5, 4).
    """

    def __init__(self, input_size: int, hidden_size: int, batch_size: int, num_layers: int = 1) -> None:
        """Build the layer and remember the sizes that forward needs."""
        ### BEGIN SOLUTION
        super().__init__()
        self.hidden_size = hidden_size
        self.batch_size = batch_size
        self.num_layers = num_layers
        self.rnn = nn.RNN(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        ### END SOLUTION

    def forward(self, inputs: Tensor) -> Tensor:
        """Return one row of logits per time step and batch item, from a zero first state.

        inputs:  (seq_len, batch, input_size), with batch equal to batch_size
        returns: (seq_len*batch, hidden_size), all of time step 0 first, then time step 1, ...

        Every call starts from zeros: keep no state between calls.
        """
        ### BEGIN SOLUTION
        # new_zeros instead of torch.zeros: dtype and device follow the input.
        h_0 = inputs.new_zeros(self.num_layers, self.batch_size, self.hidden_size)
        output, _ = self.rnn(inputs, h_0)  # (seq_len, batch, hidden_size)
        return output.reshape(-1, self.hidden_size)  # (seq_len*batch, hidden_size)
        ### END SOLUTION

def decode(logits: Tensor, idx2char: list[str]) -> str:
    """Return the most likely character of every row, joined to one string.

    logits:   (N, C), one row per character, one column per class
    idx2char: C strings; column k of logits stands for idx2char[k]
    returns:  a string of N characters

    Example: decode(torch.tensor([[0.1, 0.9], [2.0, -1.0], [0.0, 0.5]]), ["a", "b"]) == "bab".

    Use the vocabulary that is passed, whatever its letters and its length. Do not change the arguments.
    """
    ### BEGIN SOLUTION
    # No softmax: it keeps the order of the scores, so the largest logit is the largest probability.
    return "".join(idx2char[i] for i in logits.argmax(dim=1).tolist())
    ### END SOLUTION

def train(
    model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.05
) -> list[tuple[str, float]]:
    criterion = nn.CrossEntropyLoss(ignore_index=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history: list[tuple[str, float]] = []
    for _ in range(epochs):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        history.append((decode(outputs, IDX2CHAR), loss.item()))
    return history