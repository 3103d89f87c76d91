"""LSTMModel: embedding, LSTM, linear layer."""

from autograder.kit import EmbeddingFamily, Misconception, model_mistakes, points

NEXT_LOOK = "Follow one word through forward: what does each layer read, and which of its results is used?"
FAMILY = EmbeddingFamily("LSTMModel", "lstm", "LSTM")


@points(1)
def test_parameter_names(submission, draw):
    """LSTMModel keeps its layers in emb, lstm and fc, with the sizes that are passed, and has no other parameters."""
    FAMILY.check_names(submission, draw)


@points(1)
def test_logits(submission, draw):
    """LSTMModel turns one or several words of any length into plain logits, one row per letter, word by word."""
    FAMILY.check_outputs(submission, draw)


@points(1)
def test_states_start_at_zero(submission, draw):
    """LSTMModel starts every call and every word of a batch with h and c at zero, and reads from left to right."""
    FAMILY.check_independence(submission, draw)


@points(1)
def test_gradients_reach_every_parameter(submission, draw):
    """Gradients of the logits reach the embedding, every layer of the LSTM and the linear layer."""
    FAMILY.check_gradients(submission, draw)


STATES = "tuple(torch.zeros(x.shape[0], self.lstm.num_layers, self.lstm.hidden_size) for _ in range(2))"
ONE_WORD = STATES.replace("x.shape[0], self.lstm.num_layers", "self.lstm.num_layers, 1")

MISCONCEPTIONS = (
    *model_mistakes("lstm", "LSTM"),
    Misconception(
        "RNN instead of LSTM",
        "The layer is an nn.RNN. Its parameters have hidden_size rows; an LSTM has four blocks of them. Use nn.LSTM.",
        {"nn.LSTM(": "nn.RNN("},
    ),
    Misconception(
        "initial state with the batch in front",
        "batch_first does not change the states: they stay (num_layers, batch, hidden_size).",
        {"self.lstm(embedded)": f"self.lstm(embedded, {STATES})"},
    ),
    Misconception(
        "initial state for a batch of one",
        "The states are made for one word only. Take the batch size from x.",
        {"self.lstm(embedded)": f"self.lstm(embedded, {ONE_WORD})"},
    ),
    Misconception(
        "GRU instead of LSTM",
        "The layer is an nn.GRU. Its parameters have three blocks of rows; an LSTM has four. Use nn.LSTM.",
        {"nn.LSTM(": "nn.GRU("},
    ),
    Misconception(
        "state kept between calls",
        "The model keeps h and c from the previous call. Start every call from zeros: create them in forward, or pass none.",
        forms=(
            {"nn.Linear(hidden_size, num_class)": "nn.Linear(hidden_size, num_class)\n        self.state = None",
         "output, _ = self.lstm(embedded)": "if self.state is not None and self.state[0].shape[1] != len(x):\n"
         "            self.state = None\n        output, self.state = self.lstm(embedded, self.state)"},
            {"nn.Linear(hidden_size, num_class)": "nn.Linear(hidden_size, num_class)\n        self.state = None",
         "output, _ = self.lstm(embedded)": "output, state = self.lstm(embedded, self.state)\n"
         "        self.state = tuple(part.detach() for part in state)"},
        ),
    ),
)  # fmt: skip
