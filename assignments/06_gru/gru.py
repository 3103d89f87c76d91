# Write your code in this file and run the checks beside it: type `pytest` in this folder.

# %% [markdown]
# # 6. GRU
#
# The LSTM protects its memory with two states and three gates. The GRU (gated recurrent unit) asks whether
# less would do: one state, two gates, three quarters of the weights. This is Exercise 12-2 of the lecture.
#
# The GRU is found in two forms. The lecture shows both: one on a slide of its own, and one in PyTorch's
# documentation. They look alike, and they give different numbers. You write both and see where they differ.
# Then you run the step over a sequence, put `nn.GRU` into the embedding model of Example 12-3, and train it
# to turn "hello" into "ohlol". Plan 45 to 90 minutes.
#
# | task | what you write | points |
# |---|---|---|
# | 1 | `gru_cell_step`: one step, PyTorch's form | 5 |
# | 2 | `gru_cell_step_paper`: one step, the slide's form | 4 |
# | 3 | `gru_forward`: the loop over time | 4 |
# | 4 | `GRUModel`: embedding, GRU, linear layer | 3 |
# | 5 | `train`: the training loop | 4 |
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
# ## Task 1: one step, PyTorch's form
#
# $$
# \begin{aligned}
# r_t &= \sigma(W_{ir} x_t + b_{ir} + W_{hr} h_{t-1} + b_{hr}) && \text{reset gate} \\
# z_t &= \sigma(W_{iz} x_t + b_{iz} + W_{hz} h_{t-1} + b_{hz}) && \text{update gate} \\
# n_t &= \tanh\big(W_{in} x_t + b_{in} + r_t \odot (W_{hn} h_{t-1} + b_{hn})\big) && \text{candidate} \\
# h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1}
# \end{aligned}
# $$
#
# $\sigma$ is the sigmoid, and $\odot$ multiplies unit by unit.
#
# - The **update gate** $z$ is a slider between the old state and the candidate. $z = 1$ keeps the old $h$.
#   $z = 0$ replaces it. One gate does the work of the LSTM's input and forget gates: what is not kept is
#   written.
# - The **reset gate** $r$ decides how much of the old state may speak in the candidate. With $r = 0$, the
#   candidate depends on x alone.
#
# ![One GRU step. The old hidden state times z, plus the candidate times one minus z. The reset gate multiplies the part of the candidate that comes from h.](figures/gru_cell.svg)
#
# **Mind the bracket in $n$.** The reset gate multiplies $W_{hn} h + b_{hn}$, the bias included. It does not
# touch $W_{in} x + b_{in}$. So here, unlike in the gates, it matters which bias belongs to which product.
#
# The three blocks of rows are stored in the order **r, z, n**. An example with batch 2, input_size 3,
# hidden_size 5:
#
# | tensor | shape |
# |---|---|
# | `x`, `h` | (2, 3), (2, 5) |
# | `weight_ih`, `weight_hh` | (15, 3), (15, 5) |
# | `bias_ih`, `bias_hh` | (15,), (15,) |
# | the part from x, and the part from h | (2, 15) each |
# | each of $r, z, n$, and the new $h$ | (2, 5) |
#
# **By hand, one unit.** Let all weights and biases be zero. Then $r = z = 0.5$ and $n = 0$. From $h = 0.8$
# follows $h' = 0.5 \cdot 0 + 0.5 \cdot 0.8 = 0.4$.

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Make two tensors of shape (batch, 3*hidden_size): one from x with its bias, one from h with its bias. Do
# not add them yet. Why would adding them now make the candidate impossible?
#
# Cut each into three pieces along the columns. The two gates use sums of pieces. The candidate uses its two
# pieces with the reset gate between them.
#
# Check the last line at the ends: which state should come out for z = 1?
#
# </details>

# %% [markdown]
# ## Task 2: the other form
#
# The lecture's slide writes the GRU like this:
#
# $$
# \begin{aligned}
# z_t &= \sigma(W_z \cdot [h_{t-1}, x_t]) \\
# r_t &= \sigma(W_r \cdot [h_{t-1}, x_t]) \\
# \tilde h_t &= \tanh(W \cdot [r_t \odot h_{t-1}, x_t]) \\
# h_t &= (1 - z_t) \odot h_{t-1} + z_t \odot \tilde h_t
# \end{aligned}
# $$
#
# $[h, x]$ is h and x side by side, h first. So each matrix is `(hidden_size, hidden_size + input_size)`.
# With batch 2, input_size 3 and hidden_size 5, the joined tensor is (2, 8), each matrix is (5, 8), and the
# new h is (2, 5).
#
# ![In PyTorch the product with the weight comes first and the reset second. On the slide the reset comes first and the product second. The two forms also give z opposite meanings.](figures/two_forms.svg)
#
# Three things differ:
#
# | | PyTorch | slide |
# |---|---|---|
# | $z = 1$ means | keep the old $h$ | take the new $\tilde h$ |
# | the reset gate scales | the units **after** the product with $W_{hn}$ | the units of $h$ **before** the product with $W$ |
# | biases | two per gate | none |
#
# The first is a matter of naming: $\sigma(-a) = 1 - \sigma(a)$, so a network can learn either. The second
# is not. Scaling first and mixing after is another function than mixing first and scaling after. PyTorch's
# order lets all products with $h$ run as one.
#
# **By hand, one unit.** Let $W_z = W_r = [0, 0]$, so $z = r = 0.5$. Let $W = [2, 1]$, $h = 0.5$,
# $x = 0.25$. Then $\tilde h = \tanh(2 \cdot 0.25 + 1 \cdot 0.25) = \tanh(0.75) = 0.6351$, and
# $h' = 0.5 \cdot 0.5 + 0.5 \cdot 0.6351 = 0.5676$.

# %%
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
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# You need two joined tensors, not one: the gates read h as it is, the candidate reads h after the reset.
# `torch.cat` joins along an axis that exists. Which one, for (batch, hidden_size) and (batch, input_size)?
#
# Keep the order of the bracket: the first columns of each matrix belong to h.
#
# For the last line, read the equation and not your answer to task 1.
#
# </details>

# %% [markdown]
# **Are the forms the same after all?** The next cell gives both the same weights, without biases. With
# $W_z$ negated, they agree for hidden_size 1: a single unit has nothing to mix, so the order of scaling and
# product is free. From two units on they differ, whatever you do with z.

# %%
if __name__ == "__main__":
    # The same weights in both forms: no biases, and w_z negated, because sigmoid(-a) = 1 - sigmoid(a).
    for hidden_size in (1, 2, 5):
        x, h = torch.randn(4, 3), torch.randn(4, hidden_size)
        w_r, w_z, w = (torch.randn(hidden_size, hidden_size + 3) for _ in range(3))
        stacked = torch.cat([w_r, w_z, w])  # (3*hidden_size, hidden_size + 3), blocks r, z, n
        no_bias = torch.zeros(3 * hidden_size)
        weight_hh, weight_ih = stacked[:, :hidden_size], stacked[:, hidden_size:]
        torch_form = gru_cell_step(x, h, weight_ih, weight_hh, no_bias, no_bias)
        as_it_is = gru_cell_step_paper(x, h, w_z, w_r, w)
        negated = gru_cell_step_paper(x, h, -w_z, w_r, w)
        print(f"hidden_size {hidden_size}: difference {(torch_form - as_it_is).abs().max():.4f} with w_z, "
              f"{(torch_form - negated).abs().max():.4f} with -w_z")


# %% [markdown]
# ## Task 3: the loop over time
#
# One layer runs the same step, with the same weights, over the whole sequence:
#
# $$
# h_t = \text{step}(x_t, h_{t-1}), \qquad t = 1, \dots, \text{seq\_len}
# $$
#
# From here on we use PyTorch's form. With seq_len 3, batch 1, input_size 4 and hidden_size 2, the sizes of
# the lecture's first example:
#
# | tensor | `gru_forward` | `nn.GRU` with one layer |
# |---|---|---|
# | inputs | (3, 1, 4) | (3, 1, 4) |
# | $h_0$ | (1, 2) | (1, 1, 2) |
# | output | (3, 1, 2) | (3, 1, 2) |
# | $h_n$ | (1, 2) | (1, 1, 2) |
#
# The state of `nn.GRU` has one axis more, `num_layers * num_directions`. Here there is one layer and one
# direction, so your state has the shape that the step uses. A GRU has a single state: there is no pair, and
# no $c_n$.

# %%
def gru_forward(
    inputs: Tensor,
    h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> tuple[Tensor, Tensor]:
    """Run one GRU layer in PyTorch's form over a sequence and return `(output, h_n)`.

    Shapes:
        inputs: (seq_len, batch, input_size), seq_len at least 1
        h: (batch, hidden_size), the state before the first step
        weight_ih, weight_hh, bias_ih, bias_hh: as in gru_cell_step
        output: (seq_len, batch, hidden_size), the hidden state of every time step
        h_n: (batch, hidden_size), the hidden state after the last time step

    Example: with all weights and biases zero, h is halved at every step. Three steps from h = [[0.8]]
    return output = [[[0.4]], [[0.2]], [[0.1]]] and h_n = [[0.1]].

    Do not change the arguments, and keep no state between calls. Gradients reach the inputs, h and all
    parameters. Handing the work to nn.GRU, nn.GRUCell or their functional forms is not what is asked
    and will be flagged; your gru_cell_step is welcome.
    Source of the shapes: PyTorch documentation of nn.GRU, lecture 12, Exercise 12-2.
    """
    raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# A loop over a tensor walks along its first axis, which is time. The result of one step is the state of the
# next.
#
# Collect the hidden states in a list, and turn the list into one tensor with a new first axis after the
# loop. What is h_n at that point?
#
# </details>

# %%
if __name__ == "__main__":
    # The shapes of the lecture's example: seq_len 3, batch 1, input_size 4, hidden_size 2.
    layer = nn.GRU(input_size=4, hidden_size=2, num_layers=1)
    sequence = torch.randn(3, 1, 4)
    h_0 = torch.randn(1, 1, 2)  # (num_layers * num_directions, batch, hidden_size)

    layer_output, layer_h = layer(sequence, h_0)
    your_output, your_h = gru_forward(sequence, h_0[0], *layer.parameters())
    for name, *tensors in (("nn.GRU", layer_output, layer_h), ("gru_forward", your_output, your_h)):
        print(f"{name:11s}  output, h_n:", *(tuple(tensor.shape) for tensor in tensors))
    print("largest difference in output:", (layer_output - your_output).abs().max().item())
    without, _ = layer(sequence)
    zero, _ = layer(sequence, torch.zeros(1, 1, 2))
    print("a state left out is a state of zeros:", torch.equal(without, zero))


# %% [markdown]
# ## Task 4: the model
#
# Now use the ready-made `nn.GRU`. The model is that of Example 12-3 with the RNN replaced. With the
# lecture's sizes, one word of five letters passes through like this:
#
# | after | shape | axes |
# |---|---|---|
# | the input, int64 | (1, 5) | batch, seq_len |
# | `emb` | (1, 5, 10) | batch, seq_len, embedding_size |
# | `gru`, batch first | (1, 5, 8) | batch, seq_len, hidden_size |
# | `fc` | (1, 5, 4) | batch, seq_len, num_class |
# | reshaped for the loss | (5, 4) | batch * seq_len, num_class |
#
# **The state.** If you give `nn.GRU` no $h_0$, it starts at zero. If you make one yourself, it is
# `(num_layers, batch, hidden_size)`, also with `batch_first`: the batch axis of the state stays in the
# middle. Take the batch size from x, and start from zero on every call.
#
# **Plain logits.** The state of a GRU that starts at zero lies between -1 and 1, because each step mixes
# the old state with a tanh. The linear layer frees the scores from that range. No softmax follows:
# `nn.CrossEntropyLoss` contains it.
#
# **Size.** Layer 0 has $3 \cdot 8 \cdot (10 + 8 + 2) = 480$ parameters. In the same place an RNN has 160,
# and an LSTM 640.

# %%
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
        raise NotImplementedError()

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every letter, the words of the batch one after the other.

        Shapes: x (batch, seq_len), int64 -> logits (batch*seq_len, num_class).

        h starts at zero on every call: keep no state between calls, and do not change x.
        Return plain logits, without softmax.
        """
        raise NotImplementedError()


# %% [markdown]
# <details><summary>Hint</summary>
#
# Three attributes in the constructor, and nothing else: the names count, because saved weights are found by
# name. Call the constructor of `nn.Module` before you set them.
#
# Which argument tells the GRU that the batch comes first? The layer returns a pair. You need one half of
# it.
#
# `nn.Linear` works on the last axis and leaves the others alone. At the end join the first two axes; do not
# swap them.
#
# </details>

# %% [markdown]
# ## Task 5: training
#
# One epoch is one pass over the only word we have. For each of its letters the model gives one row of
# logits, and the loss compares each row with the right letter:
#
# $$
# L = -\frac{1}{5} \sum_{t=1}^{5} \log \operatorname{softmax}(\text{logits}_t)_{y_t}
# $$
#
# The rows are `(5, 4)`, the labels are `(5,)`. Mean or sum over the letters: both are fine. "hello" is
# `[1, 0, 2, 2, 3]`, and "ohlol" is `[3, 1, 2, 3, 2]`. The two l of "hello" have different answers, o and l,
# so the model has to remember. A guess among four letters costs $\log 4 = 1.386$: the first loss should lie
# near 1.4.
#
# **What to return.** One pair per epoch: the word that the model says, and the loss. Both come from the
# forward pass of that epoch, before the weights move. So the first pair describes the untrained model.
#
# **How long.** Of 300 random starts with these settings, 88 % had settled on "ohlol" after 15 epochs, 99.7
# % after 30, and all after 60. The GRU stands between the RNN of Example 12-3 (99.7 % after 15) and the
# LSTM (66 % after 15).

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

    Example: with inputs [[1, 0, 2, 2, 3]] and labels [3, 1, 2, 3, 2], train(GRUModel(), inputs,
    labels, epochs=2) returns something like [("lllll", 1.3958), ("lllll", 1.2338)].

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
    curve = train(GRUModel(), torch.tensor([HELLO]), torch.tensor(OHLOL))
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.plot(range(1, len(curve) + 1), [loss for _, loss in curve])
    shown = None
    for epoch, (word, loss) in enumerate(curve, start=1):
        if word != shown:  # label the curve where the prediction changes
            axes.annotate(word, (epoch, loss), xytext=(4, 8), textcoords="offset points", rotation=45)
            shown = word
            print(f"epoch {epoch:3d}  loss {loss:.3f}  {word}")
    axes.set_ylim(0, 1.4 * max(loss for _, loss in curve))  # room for the words above the curve
    axes.set(xlabel="epoch", ylabel="loss", title='GRU: "hello" -> "ohlol"')
    plt.show()

# %% [markdown]
# ## What to take away
#
# - A GRU has one state and two gates. z slides between the old state and the candidate, r decides how much
#   of the old state the candidate sees.
# - There are two forms in use. Before you compare a formula with a library, ask what z = 1 means, and
#   whether the reset comes before or after the product.
# - PyTorch stores the blocks in the order r, z, n. In n, the reset gate multiplies $W_{hn} h + b_{hn}$.
# - With the same sizes, an RNN, a GRU and an LSTM have parameters in the ratio 1 : 3 : 4.
# - `nn.GRU` returns `output, h_n`, with h_n of shape `(num_layers * num_directions, batch, hidden_size)`. A
#   state left out is zeros. For words of unequal length it also accepts a packed sequence.
#
# With this you have built every layer of the lecture from its equations.
