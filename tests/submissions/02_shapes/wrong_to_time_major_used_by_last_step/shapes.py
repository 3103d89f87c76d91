import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["h", "e", "l", "o"]  # the lab's vocabulary
WORDS = ["hello", "eolll", "lleel"]  # the lab's batch

def word_batch(words: list[str], idx2char: list[str]) -> Tensor:
    """Turn words of equal length into a batch of one-hot vectors.

    Args:
        words: one or more words, all of the same length.
        idx2char: the vocabulary; the place of a character is its index.

    Returns:
        float32 tensor of shape (batch, seq_len, features), with features = len(idx2char).

    Raises:
        ValueError: the words differ in length, or a character is not in the vocabulary (the message
            contains that character).

    Example:
        word_batch(["he", "eo"], ["h", "e", "l", "o"]) has shape (2, 2, 4) and is
        [[[1, 0, 0, 0], [0, 1, 0, 0]], [[0, 1, 0, 0], [0, 0, 0, 1]]].
    """
    ### BEGIN SOLUTION
    if len({len(word) for word in words}) > 1:
        raise ValueError(f"all words must have the same length, got {[len(word) for word in words]}")
    for char in "".join(words):
        if char not in idx2char:
            raise ValueError(f"{char!r} is not in the vocabulary {idx2char}")
    indices = torch.tensor([[idx2char.index(char) for char in word] for word in words], dtype=torch.long)
    one_hot = F.one_hot(indices, num_classes=len(idx2char))  # (batch, seq_len) -> (batch, seq_len, features)
    # one_hot counts in int64; layers compute in float32.
    return one_hot.to(torch.float32)
    ### END SOLUTION

def to_time_major(batch_first: Tensor) -> Tensor:
    """Swap the first two axes, so that time comes first.

    The argument stays as it is; the result may be a view of it. Gradients flow through.

    Args:
        batch_first: (batch, seq_len, ...), with any number of further axes, or none.

    Returns:
        (seq_len, batch, ...), where item [t, b] is the item [b, t] of the argument.

    Example:
        to_time_major([[1, 2, 3], [4, 5, 6]]) is [[1, 4], [2, 5], [3, 6]]: (2, 3) -> (3, 2).
    """
    ### BEGIN SOLUTION
    # transpose moves items to their new place; it is a view. After clone, nobody who writes into the result
    # changes the argument.
    return batch_first.reshape(batch_first.shape[1], batch_first.shape[0], *batch_first.shape[2:])  # (batch, seq_len, ...) -> (seq_len, batch, ...)
    ### END SOLUTION

def output_shapes(
    kind: str,
    seq_len: int,
    batch: int,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
    batch_first: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Predict the shapes that a recurrent layer returns, by reasoning.

    Building a layer (nn.RNN*, nn.LSTM*, nn.GRU* or their functional forms) and reading the shapes off
    is not what is asked and will be flagged. Shapes follow the PyTorch docs of nn.RNN, nn.LSTM, nn.GRU.

    Args:
        kind: "RNN", "LSTM" or "GRU".
        seq_len, batch, input_size: the sizes of the input.
        hidden_size, num_layers, bidirectional, batch_first: the settings of the layer.

    Returns:
        A dict with the keys "output" and "h_n", for "LSTM" also "c_n"; each shape is a plain tuple of
        ints.

    Example:
        output_shapes("RNN", 3, 1, 4, 2) is {"output": (3, 1, 2), "h_n": (1, 1, 2)}.
    """
    ### BEGIN SOLUTION
    num_directions = 2 if bidirectional else 1
    first_two = (batch, seq_len) if batch_first else (seq_len, batch)
    # The states are indexed by layer and direction, so batch_first does not touch them.
    state = (num_directions * num_layers, batch, hidden_size)
    shapes = {"output": (*first_two, num_directions * hidden_size), "h_n": state}
    if kind == "LSTM":
        shapes["c_n"] = state
    return shapes
    ### END SOLUTION

def parameter_shapes(
    kind: str,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Predict the names and shapes of a recurrent layer's parameters, by reasoning.

    Building a layer (nn.RNN*, nn.LSTM*, nn.GRU* or their functional forms) and reading the shapes off
    is not what is asked and will be flagged. Names and shapes follow the PyTorch docs of these layers.

    Args:
        kind: "RNN", "LSTM" or "GRU".
        input_size, hidden_size, num_layers, bidirectional: the settings of the layer.

    Returns:
        A dict from name to shape (a plain tuple of ints), in PyTorch's order: layer by layer, in a
        layer the forward direction first, in a direction weight_ih, weight_hh, bias_ih, bias_hh.

    Example:
        parameter_shapes("RNN", 100, 10) is {"weight_ih_l0": (10, 100), "weight_hh_l0": (10, 10),
        "bias_ih_l0": (10,), "bias_hh_l0": (10,)}.
    """
    ### BEGIN SOLUTION
    rows = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind] * hidden_size
    directions = ["", "_reverse"] if bidirectional else [""]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(num_layers):
        # From the second layer on, the input is the output below, with both directions side by side.
        columns = input_size if layer == 0 else len(directions) * hidden_size
        for direction in directions:
            suffix = f"_l{layer}{direction}"
            shapes["weight_ih" + suffix] = (rows, columns)
            shapes["weight_hh" + suffix] = (rows, hidden_size)
            shapes["bias_ih" + suffix] = (rows,)
            shapes["bias_hh" + suffix] = (rows,)
    return shapes
    ### END SOLUTION

def flatten_for_loss(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Merge time and batch, so that cross-entropy sees one prediction per row.

    Any order of the rows is fine that keeps each prediction beside its label. The arguments stay
    as they are; the results may be views of them. Gradients flow through.

    Args:
        outputs: logits, (seq_len, batch, num_classes).
        labels: indices of the right classes, int64, (seq_len, batch).

    Returns:
        logits: (seq_len * batch, num_classes).
        targets: (seq_len * batch,).

    Example:
        outputs [[[1., 2.]], [[3., 4.]]] and labels [[1], [0]] give [[1., 2.], [3., 4.]] and [1, 0].
    """
    ### BEGIN SOLUTION
    # Both merge the same two axes in the same order, so the pairs stay together.
    return outputs.flatten(0, 1).clone(), labels.flatten(0, 1).clone()
    ### END SOLUTION

def build_and_run(
    input_size: int,
    hidden_size: int,
    num_layers: int,
    batch: int = 16,
    seq_len: int = 25,
) -> tuple[nn.LSTM, Tensor, tuple[Tensor, Tensor]]:
    """Build a bidirectional, batch-first LSTM and run it once on random input and random states.

    The input and both initial states come from torch.randn. h_n and c_n belong to the same run as
    output.

    Args:
        input_size, hidden_size, num_layers: the settings of the layer.
        batch, seq_len: the sizes of the random input.

    Returns:
        layer: the nn.LSTM.
        output: (batch, seq_len, 2 * hidden_size).
        (h_n, c_n): each (2 * num_layers, batch, hidden_size).

    Example:
        layer, output, (h_n, c_n) = build_and_run(10, 20, 2)
        gives output (16, 25, 40), h_n (4, 16, 20) and c_n (4, 16, 20).
    """
    ### BEGIN SOLUTION
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    x = torch.randn(batch, seq_len, input_size)
    # The states stay (layers and directions, batch, hidden): batch_first does not concern them.
    h_0 = torch.randn(2 * num_layers, batch, hidden_size)
    c_0 = torch.randn(2 * num_layers, batch, hidden_size)
    output, (h_n, c_n) = layer(x, (h_0, c_0))
    return layer, output, (h_n, c_n)
    ### END SOLUTION

def last_step(output: Tensor, batch_first: bool, bidirectional: bool, hidden_size: int) -> Tensor:
    """Read the final state of the top layer from a recurrent layer's output.

    The argument stays as it is; the result may be a view of it. Gradients flow through.

    Args:
        output: (seq_len, batch, num_directions * hidden_size), or (batch, seq_len, ...) if batch_first.
        batch_first: whether the batch is the first axis of output.
        bidirectional: whether output holds a forward and a backward state side by side.
        hidden_size: the size of one state.

    Returns:
        (batch, num_directions * hidden_size): the forward direction's final state, followed by the
        backward direction's if there is one.

    Example:
        output [[[1., 2.]], [[3., 4.]], [[5., 6.]]] is seq_len 3, batch 1. With batch_first False, it
        gives [[5., 6.]] for one direction and hidden_size 2, and [[5., 2.]] for two directions and
        hidden_size 1.
    """
    ### BEGIN SOLUTION
    time_first = to_time_major(output) if batch_first else output
    if not bidirectional:
        return time_first[-1].clone()
    # The backward direction reads from the end, so it has seen the whole sequence at time 0.
    forward, backward = time_first[-1, :, :hidden_size], time_first[0, :, hidden_size:]
    return torch.cat([forward, backward], dim=1)  # 2 x (batch, hidden_size) -> (batch, 2 * hidden_size)
    ### END SOLUTION