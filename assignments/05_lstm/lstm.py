# Write your code in this file and run the checks beside it: type `pytest` in this folder.

# %% [markdown]
# # 5. LSTM
#
# The simple RNN rewrites its whole memory at every step. What it read twenty steps ago has then passed
# through twenty products and twenty tanh, and little of it is left, in the forward pass and in the gradient
# alike. The LSTM (long short-term memory) adds a second state, the cell state $c$, that changes only where
# the network decides to change it. This is Exercise 12-1 of the lecture.
#
# You build one LSTM step from its equations, run it over a sequence, put the ready-made layer into the
# embedding model of Example 12-3, and train that model to turn "hello" into "ohlol". Plan 45 to 90 minutes.
#
# | task | what you write | points |
# |---|---|---|
# | 1 | `lstm_cell_step`: one step from the equations | 6 |
# | 2 | `lstm_forward`: the loop over time | 5 |
# | 3 | `LSTMModel`: embedding, LSTM, linear layer | 4 |
# | 4 | `train`: the training loop | 5 |
# | | **total** | **20** |
#
# **How to check yourself.** In the notebook, run the cell under your answer: it holds tests and says what
# is wrong. In the module form of this assignment, run `pytest` in its folder. More checks run when you hand
# in, on other sizes, other weights and other words.
#
# **Counting.** Equations, and tables that go with them, count time steps from 1. Code and its messages count
# from 0, as Python does: step $t$ of an equation reads `inputs[t - 1]`.

# %%
import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
HELLO = [1, 0, 2, 2, 3]  # the input word
OHLOL = [3, 1, 2, 3, 2]  # the word to learn


# %% [markdown]
# ## Task 1: one step
#
# An LSTM carries two tensors from step to step. $h$, the hidden state, is what the rest of the network
# sees. $c$, the cell state, is the memory behind it. Both are `(batch, hidden_size)`.
#
# $$
# \begin{aligned}
# i_t &= \sigma(W_{ii} x_t + b_{ii} + W_{hi} h_{t-1} + b_{hi}) && \text{input gate: write how much?} \\
# f_t &= \sigma(W_{if} x_t + b_{if} + W_{hf} h_{t-1} + b_{hf}) && \text{forget gate: keep how much?} \\
# g_t &= \tanh(W_{ig} x_t + b_{ig} + W_{hg} h_{t-1} + b_{hg}) && \text{candidate: write what?} \\
# o_t &= \sigma(W_{io} x_t + b_{io} + W_{ho} h_{t-1} + b_{ho}) && \text{output gate: show how much?} \\
# c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
# h_t &= o_t \odot \tanh(c_t)
# \end{aligned}
# $$
#
# $\sigma$ is the sigmoid, and $\odot$ multiplies unit by unit. The gates $i$, $f$ and $o$ lie between 0 and
# 1: they are shares. The candidate $g$ lies between -1 and 1: it is content. That is why it gets the tanh.
#
# ![One LSTM step. The cell state runs straight through: times f, plus i times g. The hidden state is o times tanh of the new cell state.](figures/lstm_cell.svg)
#
# Follow the thick line. From $c_{t-1}$ to $c_t$ there is one product and one sum, and no weight matrix.
# With $f = 1$ and $i = 0$ the memory passes unchanged, and so does its gradient.
#
# ### Four gates in one matrix
#
# PyTorch stores the weights of the four gates in one tensor, block under block, in the order
# **i, f, g, o**. So `weight_ih` is `(4*hidden_size, input_size)`. Both biases are stored the same way, and
# both are added.
#
# ![weight_ih has four blocks of rows for i, f, g, o. One product with x gives four blocks of columns.](figures/gate_blocks.svg)
#
# An example with batch 2, input_size 3, hidden_size 5:
#
# | tensor | shape |
# |---|---|
# | `x` | (2, 3) |
# | `weight_ih`, `weight_hh` | (20, 3), (20, 5) |
# | `bias_ih`, `bias_hh` | (20,), (20,) |
# | all gates before $\sigma$ and tanh | (2, 20) |
# | each of $i, f, g, o$, and the new $h$ and $c$ | (2, 5) |
#
# **By hand, one unit.** Let all weights and biases be zero. Then $i = f = o = \sigma(0) = 0.5$ and
# $g = \tanh(0) = 0$. From $c = 2$ follows $c' = 0.5 \cdot 2 + 0.5 \cdot 0 = 1$, and
# $h' = 0.5 \tanh(1) = 0.3808$.

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Compute what stands inside the four brackets first, for all gates at once: one matrix product for x, one
# for h, and both biases. A PyTorch weight is stored as (out, in), so a batch needs its transpose.
#
# Then cut the result into four equal pieces. Along which axis do the gates lie, rows or columns?
# `Tensor.chunk` or slices will do.
#
# Last, two lines for the two states. The new h needs the new c.
#
# </details>

# %% [markdown]
# ## Task 2: the loop over time
#
# One layer runs the same step, with the same weights, over the whole sequence:
#
# $$
# (h_t, c_t) = \text{step}(x_t, (h_{t-1}, c_{t-1})), \qquad t = 1, \dots, \text{seq\_len}
# $$
#
# It returns every hidden state, and both states at the end. The cell state of the steps between is not part
# of `output`: it stays inside the layer.
#
# With seq_len 3, batch 1, input_size 4 and hidden_size 2, the sizes of the lecture's first example:
#
# | tensor | `lstm_forward` | `nn.LSTM` with one layer |
# |---|---|---|
# | inputs | (3, 1, 4) | (3, 1, 4) |
# | $h_0$, $c_0$ | (1, 2) each | (1, 1, 2) each |
# | output | (3, 1, 2) | (3, 1, 2) |
# | $h_n$, $c_n$ | (1, 2) each | (1, 1, 2) each |
#
# The states of `nn.LSTM` have one axis more, `num_layers * num_directions`, because it can stack layers and
# read in both directions. Here there is one layer and one direction, so your states have the shape that the
# step uses. Note the brackets too: an LSTM takes and returns its two states as a pair,
# `output, (h_n, c_n)`.
#
# The time axis comes first: `inputs[0]` is the first step's input, for the whole batch. The weights do not
# know seq_len: the same four tensors serve 1 step or 50.

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# A loop over a tensor walks along its first axis. What do you need to remember from each step, and what
# goes into the next one? Both parts of the state must travel.
#
# Collect the hidden states in a list, and turn the list into one tensor with a new first axis after the
# loop. Compare `torch.stack` with `torch.cat` if the shape surprises you.
#
# </details>

# %%
if __name__ == "__main__":
    # The shapes of the lecture's example: seq_len 3, batch 1, input_size 4, hidden_size 2.
    layer = nn.LSTM(input_size=4, hidden_size=2, num_layers=1)
    sequence = torch.randn(3, 1, 4)
    # The states are (num_layers * num_directions, batch, hidden_size).
    h_0, c_0 = torch.randn(1, 1, 2), torch.randn(1, 1, 2)

    layer_output, (layer_h, layer_c) = layer(sequence, (h_0, c_0))
    your_output, (your_h, your_c) = lstm_forward(sequence, (h_0[0], c_0[0]), *layer.parameters())
    rows = [("nn.LSTM", layer_output, layer_h, layer_c), ("lstm_forward", your_output, your_h, your_c)]
    for name, *tensors in rows:
        print(f"{name:12s}  output, h_n, c_n:", *(tuple(tensor.shape) for tensor in tensors))
    print("largest difference in output:", (layer_output - your_output).abs().max().item())

    without, _ = layer(sequence)
    zero, _ = layer(sequence, (torch.zeros(1, 1, 2), torch.zeros(1, 1, 2)))
    print("a state left out is a state of zeros:", torch.equal(without, zero))


# %% [markdown]
# ## Task 3: the model
#
# Now use the ready-made `nn.LSTM`. The model is that of Example 12-3 with the RNN replaced. It reads a
# letter as an index, looks up a vector for it, runs two LSTM layers, and scores the four letters at every
# step.
#
# With the lecture's sizes, one word of five letters passes through like this:
#
# | after | shape | axes |
# |---|---|---|
# | the input, int64 | (1, 5) | batch, seq_len |
# | `emb` | (1, 5, 10) | batch, seq_len, embedding_size |
# | `lstm`, batch first | (1, 5, 8) | batch, seq_len, hidden_size |
# | `fc` | (1, 5, 4) | batch, seq_len, num_class |
# | reshaped for the loss | (5, 4) | batch * seq_len, num_class |
#
# **The states.** If you give `nn.LSTM` no $(h_0, c_0)$, both start at zero. If you make them yourself,
# there are two, each `(num_layers, batch, hidden_size)`. `batch_first` does not change the states: their
# batch axis stays in the middle. Take the batch size from x, so that the model works for any batch, and
# start from zero on every call: a new word has nothing to do with the last one.
#
# **Plain logits.** The linear layer stands at the end because $h = o \odot \tanh(c)$ lies between -1 and 1.
# With scores locked in that range, the cross-entropy over four classes cannot fall below 0.341. The linear
# layer lifts the limit. No softmax follows: `nn.CrossEntropyLoss` contains it.
#
# **Size.** Layer 0 has $4 \cdot 8 \cdot (10 + 8 + 2) = 640$ parameters: four gates, eight units, and for
# each unit ten weights for x, eight for h and two biases. The RNN of Example 12-3 has 160 in the same
# place.

# %%
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
        raise NotImplementedError()

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every letter, the words of the batch one after the other.

        Shapes: x (batch, seq_len), int64 -> logits (batch*seq_len, num_class).

        h and c start at zero on every call: keep no state between calls, and do not change x.
        Return plain logits, without softmax.
        """
        raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Three attributes in the constructor, and nothing else: the names count, because saved weights are found by
# name. Call the constructor of `nn.Module` before you set them.
#
# The embedding gives (batch, seq_len, embedding_size). Which argument tells the LSTM that the batch comes
# first? It returns a pair. You need one half of it.
#
# `nn.Linear` works on the last axis and leaves the others alone. At the end join the first two axes; do not
# swap them.
#
# </details>

# %% [markdown]
# ## Task 4: training
#
# One epoch is one pass over the only word we have. For each of its letters the model gives one row of
# logits, and the loss compares each row with the right letter:
#
# $$
# L = -\frac{1}{5} \sum_{t=1}^{5} \log \operatorname{softmax}(\text{logits}_t)_{y_t}
# $$
#
# The rows are `(5, 4)`, the labels are `(5,)`, and `nn.CrossEntropyLoss` does the rest. Mean or sum over
# the letters: both are fine here. "hello" is `[1, 0, 2, 2, 3]`, and "ohlol" is `[3, 1, 2, 3, 2]`. The two l
# of "hello" have different answers, o and l. Only a model that remembers can tell them apart.
#
# A guess among four letters costs $\log 4 = 1.386$. So the first loss should lie near 1.4.
#
# **What to return.** One pair per epoch: the word that the model says, and the loss. Both come from the
# forward pass of that epoch, before the weights move. So the first pair describes the untrained model, and
# each string belongs to the loss beside it.
#
# **How long.** Each start is different. Of 300 random starts with these settings, 66 % had settled on
# "ohlol" after 15 epochs, 98 % after 30, and all after 60. The RNN of Example 12-3 needs about 15: gates
# start half open, and for a word of five letters there is little to gain from a long memory. Hence 100
# epochs here, instead of the lecture's 15.

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Loss and optimizer are made once, before the loop. The optimizer needs the parameters of the model and lr.
#
# Each epoch: forward, loss, note down word and loss, clear the old gradients, compute new ones, step. The
# order of the noting and the step matters.
#
# For the word: the index of the largest logit in each row, then the letter at that index of `IDX2CHAR`. For
# the loss: a tensor with one element turns into a Python float with `item`.
#
# </details>

# %%
if __name__ == "__main__":
    import matplotlib.pyplot as plt

    torch.manual_seed(0)
    curve = train(LSTMModel(), torch.tensor([HELLO]), torch.tensor(OHLOL))
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.plot(range(1, len(curve) + 1), [loss for _, loss in curve])
    shown = None
    for epoch, (word, loss) in enumerate(curve, start=1):
        if word != shown:  # label the curve where the prediction changes
            axes.annotate(word, (epoch, loss), xytext=(4, 8), textcoords="offset points", rotation=45)
            shown = word
            print(f"epoch {epoch:3d}  loss {loss:.3f}  {word}")
    axes.set_ylim(0, 1.4 * max(loss for _, loss in curve))  # room for the words above the curve
    axes.set(xlabel="epoch", ylabel="loss", title='LSTM: "hello" -> "ohlol"')
    plt.show()

# %% [markdown]
# ### Why an LSTM, then?
#
# On a word of five letters you cannot see it. So here is a longer memory, with nothing to hand in: the network
# gets one number, +1 or -1, then 60 steps of faint noise, and must then say which of the two it was. An RNN and
# an LSTM of the same size learn this side by side, from five random starts each (some ten seconds).
#
# The biases of the LSTM's gates start where one would set them by hand: $b_f = 4$ keeps nearly everything,
# $b_i = -2$ lets little in. An RNN has no gate to set. What it read first must pass through sixty products and
# sixty tanh, and the gradient must come back through all of them.

# %%
if __name__ == "__main__":
    DELAY, TRAINING_STEPS, HIDDEN = 60, 200, 16


    def learn_to_remember(layer: nn.Module, seed: int) -> list[float]:
        """Train the layer to recall its first input after DELAY steps.

        Returns the share of right answers at each step of the training.
        """
        torch.manual_seed(seed)
        layer.reset_parameters()
        head = nn.Linear(HIDDEN, 2)
        if isinstance(layer, nn.LSTM):
            with torch.no_grad():
                layer.bias_hh_l0.zero_()
                layer.bias_ih_l0.zero_()
                layer.bias_ih_l0[:HIDDEN] = -2              # block i: write little
                layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] = 4   # block f: keep nearly everything
        adam = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.01)
        right = []
        for _ in range(TRAINING_STEPS):
            answer = torch.randint(0, 2, (64,))
            sequence = 0.1 * torch.randn(DELAY + 1, 64, 1)  # (seq_len, batch, input_size)
            sequence[0, :, 0] = 2.0 * answer - 1
            everything, _ = layer(sequence)
            scores = head(everything[-1])                   # only the last step is asked
            loss = nn.functional.cross_entropy(scores, answer)
            adam.zero_grad()
            loss.backward()
            adam.step()
            right.append((scores.argmax(dim=1) == answer).float().mean().item())
        return right


    _, axes = plt.subplots(figsize=(8, 4))
    for kind, color in ((nn.RNN, "tab:orange"), (nn.LSTM, "tab:blue")):
        # Shape (starts, steps).
        runs = torch.tensor([learn_to_remember(kind(1, HIDDEN), seed) for seed in range(5)])
        smooth = runs.unfold(1, 10, 1).mean(dim=2)          # the mean of ten steps
        for start in smooth:
            axes.plot(start, color=color, alpha=0.3)
        name = f"nn.{kind.__name__}"
        axes.plot(smooth.mean(dim=0), color=color, linewidth=3, label=f"{name}, mean of five starts")
        remember = int((smooth[:, -1] > 0.95).sum())
        print(f"{name}: {remember} of 5 starts remember after {TRAINING_STEPS} steps")
    axes.axhline(0.5, color="gray", linestyle=":", label="a guess")
    axes.set(xlabel="step of training", ylabel="share of right answers")
    axes.set_title(f"One number, remembered for {DELAY} steps")
    axes.legend(loc=(0.58, 0.5))
    plt.show()

# %% [markdown]
# ## What to take away
#
# - An LSTM carries two states. $c$ is the memory, and $h$ is the part of it that is shown.
# - Sigmoids are shares, tanh is content. The new c is the kept share of the old one plus the written share
#   of the candidate.
# - The path along c has no weight matrix. With open forget gates, the gradient survives many steps.
# - PyTorch stores the gates as blocks of rows in the order i, f, g, o, and adds two biases.
# - `nn.LSTM` takes and returns its states as a pair, each
#   `(num_layers * num_directions, batch, hidden_size)`. Left out, they are zeros.
# - For words of unequal length, `nn.LSTM` also accepts a packed sequence:
#   `torch.nn.utils.rnn.pack_padded_sequence`.
#
# Next: [6. GRU](../06_gru/gru.ipynb), which keeps the idea and drops one state and one gate.
