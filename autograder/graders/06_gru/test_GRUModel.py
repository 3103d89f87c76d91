"""GRUModel: embedding, GRU, linear layer."""

from autograder.kit import EmbeddingFamily, Misconception, model_mistakes, points

NEXT_LOOK = "Follow one word through forward: what does each layer read, and which of its results is used?"
FAMILY = EmbeddingFamily("GRUModel", "gru", "GRU")


@points(1)
def test_parameter_names(submission, draw):
    """GRUModel keeps its layers in emb, gru and fc, with the sizes that are passed, and has no other parameters."""
    FAMILY.check_names(submission, draw)


@points(1)
def test_logits(submission, draw):
    """GRUModel turns one or several words of any length into plain logits, one row per letter, word by word."""
    FAMILY.check_outputs(submission, draw)


@points(0.5)
def test_state_starts_at_zero(submission, draw):
    """GRUModel starts every call and every word of a batch with a state of zeros, and reads from left to right."""
    FAMILY.check_independence(submission, draw)


@points(0.5)
def test_gradients_reach_every_parameter(submission, draw):
    """Gradients of the logits reach the embedding, every layer of the GRU and the linear layer."""
    FAMILY.check_gradients(submission, draw)


STATE = "torch.zeros(x.shape[0], self.gru.num_layers, self.gru.hidden_size)"

MISCONCEPTIONS = (
    *model_mistakes("gru", "GRU"),
    Misconception(
        "RNN instead of GRU",
        "The layer is an nn.RNN. Its parameters have hidden_size rows; a GRU has three blocks of them. Use nn.GRU.",
        {"nn.GRU(": "nn.RNN("},
    ),
    Misconception(
        "LSTM instead of GRU",
        "The layer is an nn.LSTM. Its parameters have four blocks of rows; a GRU has three. Use nn.GRU.",
        {"nn.GRU(": "nn.LSTM("},
    ),
    Misconception(
        "state as a pair",
        "The state is passed as a pair. A GRU has a single state: only an LSTM takes (h_0, c_0).",
        {"self.gru(embedded)": f"self.gru(embedded, ({STATE}.transpose(0, 1), {STATE}.transpose(0, 1)))"},
    ),
    Misconception(
        "initial state with the batch in front",
        "batch_first does not change the state: it stays (num_layers, batch, hidden_size).",
        {"self.gru(embedded)": f"self.gru(embedded, {STATE})"},
    ),
    Misconception(
        "initial state for a batch of one",
        "The state is made for one word only. Take the batch size from x.",
        {"self.gru(embedded)": "self.gru(embedded, torch.zeros(self.gru.num_layers, 1, self.gru.hidden_size))"},
    ),
    Misconception(
        "state kept between calls",
        "The model keeps h from the previous call. Start every call from zeros: create the state in forward, or pass none.",
        forms=(
            {"nn.Linear(hidden_size, num_class)": "nn.Linear(hidden_size, num_class)\n        self.state = None",
         "output, _ = self.gru(embedded)": "if self.state is not None and self.state.shape[1] != len(x):\n"
         "            self.state = None\n        output, self.state = self.gru(embedded, self.state)"},
            {"nn.Linear(hidden_size, num_class)": "nn.Linear(hidden_size, num_class)\n        self.state = None",
         "output, _ = self.gru(embedded)": "output, state = self.gru(embedded, self.state)\n        self.state = state.detach()"},
        ),
    ),
)  # fmt: skip
