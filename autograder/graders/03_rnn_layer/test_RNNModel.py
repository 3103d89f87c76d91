"""RNNModel: one nn.RNN as a module, its states read as logits."""

from autograder.kit import (
    Misconception,
    check,
    check_model_gradients,
    check_names,
    check_pure,
    paired_model,
    parameters_of,
    points,
)

NEXT_LOOK = "Follow one word through forward: what does each layer read, and which of its results is used?"
AXES = "seq_len*batch hidden_size"


def drawn_sizes(draw, num_layers=1, batch=None):
    drawn, input_size, hidden_size = draw.sizes(3)
    return {"input_size": input_size, "hidden_size": hidden_size, "batch_size": batch or drawn, "num_layers": num_layers}


def source(sizes):
    """A zero first state; all of time step 0 first."""
    return f"""
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN({sizes["input_size"]}, {sizes["hidden_size"]}, {sizes["num_layers"]})
    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)
made = Model()
"""


def model_of(submission, draw, sizes):
    return paired_model(submission, draw, "RNNModel", sizes, source(sizes))


def inputs_for(draw, sizes, seq_len=None):
    return draw.normal(seq_len or draw.integer(4, 9), sizes["batch_size"], sizes["input_size"])


@points(1)
def test_parameter_names(submission, draw):
    """RNNModel keeps one nn.RNN of num_layers layers in the attribute rnn, and nothing else that learns."""
    for num_layers in (1, 3):
        sizes = drawn_sizes(draw, num_layers)
        check_names(submission, "RNNModel", sizes, parameters_of(source(sizes)))
    one = drawn_sizes(draw)
    without = {name: size for name, size in one.items() if name != "num_layers"}
    check_names(submission, "RNNModel", without, parameters_of(source(one)))


@points(2)
def test_forward(submission, draw):
    """forward returns the states of all steps as rows, time step by time step, for one word and for several."""
    for batch, seq_len in ((None, None), (1, 5), (None, 1), (1, 1), (2, 20), (1, 50)):
        sizes = drawn_sizes(draw, 1, batch)
        both = model_of(submission, draw, sizes)
        for _ in range(2):
            inputs = inputs_for(draw, sizes, seq_len)
            check(both.model(inputs), both.right(inputs), AXES)
    both.model.method("eval", label="model.eval()")
    check(both.model(inputs), both.right(inputs), AXES)


@points(1)
def test_several_layers(submission, draw):
    """With two, three and four layers forward returns the states of the top layer, from a zero first state."""
    for num_layers, batch in ((2, None), (3, 1), (4, None), (2, 2)):
        sizes = drawn_sizes(draw, num_layers, batch)
        both = model_of(submission, draw, sizes)
        inputs = inputs_for(draw, sizes)
        check(both.model(inputs), both.right(inputs), AXES)


@points(1)
def test_every_call_starts_anew(submission, draw):
    """Every call of forward starts from zeros, and gradients flow back to the inputs and to every parameter."""
    sizes = drawn_sizes(draw, 2)
    both = model_of(submission, draw, sizes)
    check_pure(both.model, [(inputs_for(draw, sizes),), (inputs_for(draw, sizes),)], both.right, AXES)
    check_model_gradients(both, inputs_for(draw, sizes).requires_grad_(), draw, AXES)


LAYER = "self.rnn = nn.RNN(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)"
STATE = "h_0 = inputs.new_zeros(self.num_layers, self.batch_size, self.hidden_size)"
CALL = "output, _ = self.rnn(inputs, h_0)"
RETURN = "return output.reshape(-1, self.hidden_size)"

MISCONCEPTIONS = (
    Misconception(
        "attributes under other names",
        "Parameters are named after the attributes, and saved weights are found by those names: keep the layer in self.rnn.",
        forms=tuple(
            {LAYER: LAYER.replace("self.rnn", f"self.{other}"), CALL: CALL.replace("self.rnn", f"self.{other}")}
            for other in ("rnn_layer", "layer", "cell", "rnncell", "rnn1", "RNN", "model")
        ),
    ),
    Misconception(
        "num_layers ignored",
        "The model has one layer whatever num_layers says: pass num_layers on to nn.RNN.",
        {LAYER: LAYER.replace("num_layers=num_layers", "num_layers=1"), STATE: STATE.replace("self.num_layers", "1")},
    ),
    Misconception(
        "linear layer added",
        "There is a layer besides nn.RNN: in this example the states themselves are the logits.",
        {
            LAYER: LAYER + "\n        self.fc = nn.Linear(hidden_size, hidden_size)",
            RETURN: "return self.fc(output).reshape(-1, self.hidden_size)",
        },
    ),
    Misconception(
        "rows word by word",
        "All steps of the first word come first: here time is axis 0, so no transpose before the rows are formed.",
        {RETURN: "return output.transpose(0, 1).reshape(-1, self.hidden_size)"},
    ),
    Misconception(
        "batch_first=True with time-first inputs",
        "The inputs are (seq_len, batch, input_size), but batch_first=True makes nn.RNN take axis 0 for the batch: leave it out.",
        forms=(
            {LAYER: LAYER.replace(")", ", batch_first=True)"), CALL: "output, _ = self.rnn(inputs)"},
            {LAYER: LAYER.replace(")", ", batch_first=True)")},
        ),
    ),
    Misconception(
        "initial state with the batch in front",
        "The first state is (num_layers, batch, hidden_size), in this order.",
        {STATE: "h_0 = inputs.new_zeros(self.batch_size, self.num_layers, self.hidden_size)"},
    ),
    Misconception(
        "initial state for one layer",
        "The first state needs one row per layer: (num_layers, batch, hidden_size).",
        {STATE: STATE.replace("self.num_layers", "1")},
    ),
    Misconception(
        "initial state for a batch of one",
        "The first state is made for one word: its second axis is batch_size.",
        {STATE: STATE.replace("self.batch_size", "1")},
    ),
    Misconception(
        "initial state of ones",
        "The first state is not zero: make it with torch.zeros.",
        {STATE: STATE.replace("new_zeros(", "new_ones((").replace("hidden_size)", "hidden_size))")},
    ),
    Misconception(
        "state kept between calls",
        "The second call continues where the first one ended: start every call from zeros.",
        {
            STATE: "h_0 = getattr(self, 'hidden', None)",
            CALL: "output, hidden = self.rnn(inputs, h_0)\n        self.hidden = hidden.detach()",
        },
    ),
    Misconception(
        "softmax at the end",
        "The rows are probabilities: return the states as they are, cross-entropy wants logits.",
        {RETURN: "return output.reshape(-1, self.hidden_size).softmax(dim=1)"},
    ),
    Misconception(
        "log_softmax at the end",
        "The rows are log-probabilities: return the states as they are, cross-entropy does the rest.",
        {RETURN: "return output.reshape(-1, self.hidden_size).log_softmax(dim=1)"},
    ),
    Misconception(
        "output not flattened",
        "The three axes are still there: the result of view or reshape has to be returned, with seq_len*batch rows.",
        {RETURN: "return output"},
    ),
    Misconception(
        "only the last step",
        "Only the last state comes back: every time step gives one row for each batch item.",
        {RETURN: "return output[-1]"},
    ),
    Misconception(
        "output and state returned",
        "forward returns one tensor, the rows; the last state stays inside.",
        {CALL: CALL.replace("_", "h_n"), RETURN: RETURN + ", h_n"},
    ),
    Misconception(
        "relu instead of tanh",
        "nn.RNN is a tanh layer unless nonlinearity says otherwise: leave that argument out.",
        {LAYER: LAYER.replace(")", ", nonlinearity='relu')")},
    ),
    Misconception(
        "biases switched off",
        "The layer has no biases: leave bias=False out.",
        {LAYER: LAYER.replace(")", ", bias=False)")},
    ),
    Misconception(
        "result detached",
        "The values are right, but .detach() or .data cuts the graph: no gradient reaches the parameters.",
        {RETURN: "return output.detach().reshape(-1, self.hidden_size)"},
    ),
)
