import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]

def rnn_forward(
    inputs: Tensor, h_0: Tensor, parameters: dict[str, Tensor], num_layers: int
) -> tuple[Tensor, Tensor]:
    seq_len = inputs.shape[0]
    x_seq = [inputs[t] for t in range(seq_len)]
    for layer in range(num_layers):
        w_ih = parameters[f'weight_ih_l{layer}']
        w_hh = parameters[f'weight_hh_l{layer}']
        b = parameters[f'bias_ih_l{layer}']
        h = h_0[layer]
        out = []
        for t in range(seq_len):
            h = torch.tanh(torch.mm(x_seq[t], w_ih.t()) + torch.mm(h, w_hh.t()) + b)
            out.append(h)
        x_seq = out
    output = torch.stack(x_seq, dim=0)
    return output, h

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
    """Train model in place with Adam and cross-entropy; return (decoded string, loss) of every epoch.

    model:   maps inputs to logits (seq_len*batch, num_classes)
    inputs:  (seq_len, batch, input_size), with batch 1
    labels:  (seq_len*batch,), int64
    returns: a list of `epochs` pairs; the string is decoded with IDX2CHAR, the loss is a Python float

    One epoch is one pass over the whole word and one step of Adam with learning rate lr. String and
    loss of an epoch come from that epoch's forward pass, before the step. Mean and sum of the loss are
    both fine.

    Example: train(RNNModel(input_size=4, hidden_size=4, batch_size=1), inputs, labels) returns 15
    pairs; the first could be ("lhhhh", 1.325), the last ("ohlol", 0.568): the numbers of the lecture.

    Train the model that is passed, do not build another. Do not change inputs and labels.
    """
    ### BEGIN SOLUTION
    criterion = nn.CrossEntropyLoss()
    # One optimiser for all epochs: Adam's running averages are part of the training.
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        optimizer.zero_grad()
        logits = model(inputs)  # (seq_len*batch, num_classes)
        loss = criterion(logits, labels)
        history.append((decode(logits, IDX2CHAR), loss.item()))
        loss.backward()
        optimizer.step()
    return history
    ### END SOLUTION