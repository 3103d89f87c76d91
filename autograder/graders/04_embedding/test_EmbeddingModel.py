"""EmbeddingModel: embedding, nn.RNN and linear layer as a module."""

from itertools import product

from autograder.kit import EmbeddingFamily, Misconception, points

NEXT_LOOK = "Follow one word through forward: what does each layer read, and which of its results is used?"
FAMILY = EmbeddingFamily("EmbeddingModel", "rnn", "RNN")


@points(2)
def test_parameter_names(submission, draw):
    """EmbeddingModel keeps its layers in emb, rnn and fc, with the sizes that it is given and nothing else that learns."""
    FAMILY.check_names(submission, draw)


@points(3)
def test_forward(submission, draw):
    """forward returns one row of logits per letter, word by word, for one word and for several of any length."""
    FAMILY.check_outputs(submission, draw)


@points(2)
def test_every_word_is_read_for_itself(submission, draw):
    """Each word of a batch is read for itself, from left to right, and every call starts from a zero state."""
    FAMILY.check_independence(submission, draw)


@points(1)
def test_gradients_flow_to_every_parameter(submission, draw):
    """Gradients flow from the logits back to every parameter of all three layers."""
    FAMILY.check_gradients(submission, draw)


RNN = "self.rnn = nn.RNN(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)"
VECTORS = "vectors = self.emb(x)"
CALL = "output, _ = self.rnn(vectors)"
LOGITS = "logits = self.fc(output)"
RETURN = "return logits.flatten(0, 1)"
LAYERS, SIZE = "self.rnn.num_layers", "self.rnn.hidden_size"

MISCONCEPTIONS = (
    Misconception(
        "global data instead of the argument",
        "The answer is that for 'hello', whatever is asked: forward reads a global variable instead of its argument.",
        {"self.emb(x)": "self.emb(torch.tensor([[1, 0, 2, 2, 3]]))"},
    ),
    Misconception(
        "attributes under other names",
        "Parameters are named after the attributes, and saved weights are found by those names: keep the layers in self.emb, "
        "self.rnn and self.fc.",
        forms=tuple(
            {
                "self.emb = ": f"self.{emb} = ",
                VECTORS: f"vectors = self.{emb}(x)",
                "self.fc = ": f"self.{fc} = ",
                LOGITS: f"logits = self.{fc}(output)",
            }
            for emb, fc in product(("emb", "embedding", "embed"), ("fc", "linear", "out", "head", "fc1"))
            if (emb, fc) != ("emb", "fc")
        ),
    ),
    Misconception(
        "num_layers ignored",
        "The RNN has one layer whatever num_layers says: pass num_layers on to nn.RNN.",
        {"num_layers=num_layers, ": ""},
    ),
    Misconception(
        "sizes fixed in the code",
        "The layers have the lecture's sizes whatever is passed: use the constructor's arguments.",
        {
            "nn.Embedding(input_size, embedding_size)": "nn.Embedding(4, 10)",
            RNN: "self.rnn = nn.RNN(10, 8, 2, batch_first=True)",
            "nn.Linear(hidden_size, num_class)": "nn.Linear(8, 4)",
        },
    ),
    Misconception(
        "sizes of the embedding swapped",
        "nn.Embedding takes the number of letters first and the length of the vectors second.",
        {"nn.Embedding(input_size, embedding_size)": "nn.Embedding(embedding_size, input_size)"},
    ),
    Misconception(
        "batch_first forgotten",
        "Without batch_first=True nn.RNN takes the first axis for time: letters of other words get into the memory, or the "
        "first state does not fit.",
        forms=(
            {RNN: RNN.replace(", batch_first=True", "")},
            {
                RNN: RNN.replace(", batch_first=True", ""),
                CALL: f"output, _ = self.rnn(vectors, torch.zeros({LAYERS}, x.size(0), {SIZE}))",
            },
        ),
    ),
    Misconception(
        "initial state with the batch in front",
        "batch_first does not concern the states: the first one is (num_layers, batch, hidden_size).",
        {CALL: f"output, _ = self.rnn(vectors, torch.zeros(x.size(0), {LAYERS}, {SIZE}))"},
    ),
    Misconception(
        "initial state for a batch of one",
        "The first state is made for one word: read the batch from x.",
        {CALL: f"output, _ = self.rnn(vectors, torch.zeros({LAYERS}, 1, {SIZE}))"},
    ),
    Misconception(
        "initial state of ones",
        "The first state is not zero: make it with torch.zeros, or leave it out.",
        {CALL: f"output, _ = self.rnn(vectors, torch.ones({LAYERS}, x.size(0), {SIZE}))"},
    ),
    Misconception(
        "state kept between calls",
        "The second call continues where the first one ended: start every call from zeros.",
        {
            CALL: "h_0 = getattr(self, 'hidden', None)\n"
            "        h_0 = h_0 if h_0 is not None and h_0.size(1) == x.size(0) else None\n"
            "        output, hidden = self.rnn(vectors, h_0)\n        self.hidden = hidden.detach()"
        },
    ),
    Misconception(
        "rows letter by letter",
        "The rows go word by word: with the batch first there is nothing to transpose before flattening.",
        {RETURN: "return logits.transpose(0, 1).flatten(0, 1)"},
    ),
    Misconception(
        "view instead of transpose",
        "view regroups the numbers and moves no axis: words and letters get mixed up.",
        {
            VECTORS: "vectors = self.emb(x)\n        vectors = vectors.view(x.size(1), x.size(0), -1)",
            RNN: RNN.replace(", batch_first=True", ""),
        },
    ),
    Misconception(
        "softmax at the end",
        "The rows are probabilities: return logits, because CrossEntropyLoss applies the softmax itself.",
        {RETURN: "return logits.flatten(0, 1).softmax(dim=1)"},
    ),
    Misconception(
        "log_softmax at the end",
        "The rows are log-probabilities: return the logits of fc as they are.",
        {RETURN: "return logits.flatten(0, 1).log_softmax(dim=1)"},
    ),
    Misconception(
        "softmax in eval mode",
        "After model.eval() the rows are probabilities. Return plain logits in both modes: argmax finds the same letter.",
        {RETURN: "logits = logits.flatten(0, 1)\n        return logits if self.training else logits.softmax(dim=1)"},
    ),
    Misconception(
        "relu after the linear layer",
        "The logits go through a relu: return those of fc as they are.",
        {RETURN: "return logits.flatten(0, 1).relu()"},
    ),
    Misconception(
        "tanh after the linear layer",
        "The logits go through a tanh: return those of fc as they are.",
        {RETURN: "return logits.flatten(0, 1).tanh()"},
    ),
    Misconception(
        "relu on the embeddings",
        "The vectors went through a relu or a tanh on their way from emb to the RNN: they go in as they are.",
        forms=({CALL: "output, _ = self.rnn(vectors.relu())"}, {CALL: "output, _ = self.rnn(vectors.tanh())"}),
    ),
    Misconception(
        "relu before the linear layer",
        "There is a relu between the RNN and fc: the states go into fc as they are.",
        {LOGITS: "logits = self.fc(output.relu())"},
    ),
    Misconception(
        "linear layer left out",
        "The rows are the states of the RNN: fc has to turn them into logits.",
        {RETURN: "return output.flatten(0, 1)"},
    ),
    Misconception(
        "output not flattened",
        "The batch and time axes are still apart: return (batch*seq_len, num_class), the result of view or reshape.",
        {RETURN: "return logits"},
    ),
    Misconception(
        "only the last step",
        "Only the last step of each word comes back: return a row for every letter.",
        {LOGITS: "logits = self.fc(output[:, -1:])"},
    ),
    Misconception(
        "last states instead of the output",
        "The second result of nn.RNN holds the last state of every layer: fc reads the first one, all steps.",
        {CALL: "_, output = self.rnn(vectors)"},
    ),
    Misconception(
        "num_class fixed at 4",
        "The 4 is written into view: the number of columns is num_class.",
        {RETURN: "return logits.reshape(-1, 4)"},
    ),
    Misconception(
        "only the first word",
        "Only the first word of the batch comes back: return a row for every letter of every word.",
        {RETURN: "return logits[0]"},
    ),
    Misconception(
        "embedding detached",
        "The values are right, but the embedding's vectors are cut off from the graph and never learn.",
        {VECTORS: "vectors = self.emb(x).detach()"},
    ),
    Misconception(
        "layer output detached",
        "The values are right, but the RNN's output is cut off from the graph: emb and rnn never learn.",
        {LOGITS: "logits = self.fc(output.detach())"},
    ),
    Misconception(
        "one-hot vectors expected",
        "x holds indices already: give it to emb as it is, without argmax or float().",
        {VECTORS: "vectors = self.emb(x.argmax(dim=-1))"},
    ),
    Misconception(
        "indices converted to float",
        "nn.Embedding looks rows up by int64 indices: leave x as it is.",
        {VECTORS: "vectors = self.emb(x.float())"},
    ),
)
