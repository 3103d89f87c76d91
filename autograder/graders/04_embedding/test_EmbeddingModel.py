"""EmbeddingModel: embedding, nn.RNN and linear layer as a module."""

from itertools import product

from autograder.kit import EmbeddingFamily, Misconception, points

NEXT_LOOK = "Follow one word through forward: what does each layer read, and which of its results is used?"
FAMILY = EmbeddingFamily("EmbeddingModel", "rnn", "RNN")


@points(2)
def test_parameter_names(submission, draw):
    """EmbeddingModel keeps its layers in emb, rnn and fc, with the sizes that are passed, and has no other parameters."""
    FAMILY.check_names(submission, draw)


@points(3)
def test_forward(submission, draw):
    """forward returns one row of logits per letter, word by word, for one word and for several of any length."""
    FAMILY.check_outputs(submission, draw)


@points(2)
def test_every_word_is_read_for_itself(submission, draw):
    """forward reads each word of a batch independently, from left to right, and starts every call from a zero state."""
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
        "forward reads a global variable, so it always returns the logits of 'hello'. Use the argument x.",
        {"self.emb(x)": "self.emb(torch.tensor([[1, 0, 2, 2, 3]]))"},
    ),
    Misconception(
        "attributes under other names",
        "Parameters are named after the attributes, and saved weights are loaded by name. Keep the layers in self.emb, self.rnn "
        "and self.fc.",
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
        "The RNN always has one layer. Pass num_layers to nn.RNN.",
        {"num_layers=num_layers, ": ""},
    ),
    Misconception(
        "sizes fixed in the code",
        "The layers always have the lecture's sizes. Use the constructor's arguments.",
        {
            "nn.Embedding(input_size, embedding_size)": "nn.Embedding(4, 10)",
            RNN: "self.rnn = nn.RNN(10, 8, 2, batch_first=True)",
            "nn.Linear(hidden_size, num_class)": "nn.Linear(8, 4)",
        },
    ),
    Misconception(
        "index 0 taken for padding",
        "padding_idx=0 keeps the vector of index 0 from learning. Here index 0 is a letter like the others: leave it out.",
        {"nn.Embedding(input_size, embedding_size)": "nn.Embedding(input_size, embedding_size, padding_idx=0)"},
    ),
    Misconception(
        "sizes of the embedding swapped",
        "nn.Embedding takes the number of letters first and the length of the vectors second.",
        {"nn.Embedding(input_size, embedding_size)": "nn.Embedding(embedding_size, input_size)"},
    ),
    Misconception(
        "batch_first forgotten",
        "Without batch_first=True, nn.RNN treats axis 0 as time, so the words mix, or the initial state does not fit.",
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
        "batch_first does not affect the states. The initial state has shape (num_layers, batch, hidden_size).",
        {CALL: f"output, _ = self.rnn(vectors, torch.zeros(x.size(0), {LAYERS}, {SIZE}))"},
    ),
    Misconception(
        "initial state for a batch of one",
        "The initial state fits one word only. Take the batch size from x.",
        {CALL: f"output, _ = self.rnn(vectors, torch.zeros({LAYERS}, 1, {SIZE}))"},
    ),
    Misconception(
        "initial state of ones",
        "The initial state is not zero. Create it with torch.zeros, or leave it out.",
        {CALL: f"output, _ = self.rnn(vectors, torch.ones({LAYERS}, x.size(0), {SIZE}))"},
    ),
    Misconception(
        "state kept between calls",
        "The second call continues from the last state of the first call. Start every call from zeros.",
        {
            CALL: "h_0 = getattr(self, 'hidden', None)\n"
            "        h_0 = h_0 if h_0 is not None and h_0.size(1) == x.size(0) else None\n"
            "        output, hidden = self.rnn(vectors, h_0)\n        self.hidden = hidden.detach()"
        },
    ),
    Misconception(
        "rows letter by letter",
        "The rows go letter by letter. The batch comes first, so flatten without a transpose, and the rows go word by word.",
        {RETURN: "return logits.transpose(0, 1).flatten(0, 1)"},
    ),
    Misconception(
        "view instead of transpose",
        "view only regroups the numbers, so words and letters get mixed up. Use transpose, or batch_first=True.",
        {
            VECTORS: "vectors = self.emb(x)\n        vectors = vectors.view(x.size(1), x.size(0), -1)",
            RNN: RNN.replace(", batch_first=True", ""),
        },
    ),
    Misconception(
        "softmax at the end",
        "The rows are probabilities. Return logits, because CrossEntropyLoss applies the softmax itself.",
        {RETURN: "return logits.flatten(0, 1).softmax(dim=1)"},
        common=True,
    ),
    Misconception(
        "log_softmax at the end",
        "The rows are log-probabilities. Return the logits of fc unchanged.",
        {RETURN: "return logits.flatten(0, 1).log_softmax(dim=1)"},
    ),
    Misconception(
        "softmax in eval mode",
        "After model.eval() the rows are probabilities. Return plain logits in both modes: argmax finds the same letter.",
        {RETURN: "logits = logits.flatten(0, 1)\n        return logits if self.training else logits.softmax(dim=1)"},
    ),
    Misconception(
        "relu after the linear layer",
        "The logits go through a relu. Return the logits of fc unchanged.",
        {RETURN: "return logits.flatten(0, 1).relu()"},
    ),
    Misconception(
        "tanh after the linear layer",
        "The logits go through a tanh. Return the logits of fc unchanged.",
        {RETURN: "return logits.flatten(0, 1).tanh()"},
    ),
    Misconception(
        "relu on the embeddings",
        "There is a relu or a tanh between emb and the RNN. Pass the vectors to the RNN unchanged.",
        forms=({CALL: "output, _ = self.rnn(vectors.relu())"}, {CALL: "output, _ = self.rnn(vectors.tanh())"}),
    ),
    Misconception(
        "relu before the linear layer",
        "There is a relu between the RNN and fc. Pass the states to fc unchanged.",
        {LOGITS: "logits = self.fc(output.relu())"},
    ),
    Misconception(
        "linear layer left out",
        "The rows are the states of the RNN: fc has to turn them into logits.",
        {RETURN: "return output.flatten(0, 1)"},
    ),
    Misconception(
        "output not flattened",
        "The batch and time axes are still separate. Return the result of view or reshape, (batch*seq_len, num_class).",
        {RETURN: "return logits"},
    ),
    Misconception(
        "only the last step",
        "Only the last step of each word is returned. Return a row for every letter.",
        {LOGITS: "logits = self.fc(output[:, -1:])"},
        common=True,
    ),
    Misconception(
        "last states instead of the output",
        "fc reads the second result of nn.RNN, the last state of every layer. Pass it the first result, the states of all steps.",
        {CALL: "_, output = self.rnn(vectors)"},
    ),
    Misconception(
        "num_class fixed at 4",
        "The number of columns is fixed at 4. Use num_class.",
        {RETURN: "return logits.reshape(-1, 4)"},
    ),
    Misconception(
        "only the first word",
        "Only the first word of the batch is returned. Return a row for every letter of every word.",
        {RETURN: "return logits[0]"},
    ),
    Misconception(
        "embedding detached",
        "The values are right, but the vectors are detached from the graph, so emb never learns.",
        {VECTORS: "vectors = self.emb(x).detach()"},
    ),
    Misconception(
        "layer output detached",
        "The values are right, but the RNN's output is detached from the graph, so emb and rnn never learn.",
        {LOGITS: "logits = self.fc(output.detach())"},
    ),
    Misconception(
        "one-hot vectors expected",
        "x already holds indices. Pass it to emb as it is, without argmax or float().",
        {VECTORS: "vectors = self.emb(x.argmax(dim=-1))"},
    ),
    Misconception(
        "indices converted to float",
        "x is converted to float, but nn.Embedding needs integer indices. Pass x as it is.",
        {VECTORS: "vectors = self.emb(x.float())"},
    ),
)
