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
    """RNNModel has one nn.RNN with num_layers layers, in the attribute rnn, and no other parameters."""
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
    """With two, three and four layers, forward starts from a zero initial state and returns the states of the top layer."""
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
        "Parameters are named after the attributes, and saved weights are loaded by name. Keep the layer in self.rnn.",
        forms=tuple(
            {LAYER: LAYER.replace("self.rnn", f"self.{other}"), CALL: CALL.replace("self.rnn", f"self.{other}")}
            for other in ("rnn_layer", "layer", "cell", "rnncell", "rnn1", "RNN", "model")
        ),
    ),
    Misconception(
        "num_layers ignored",
        "The model always has one layer. Pass num_layers to nn.RNN.",
        {LAYER: LAYER.replace("num_layers=num_layers", "num_layers=1"), STATE: STATE.replace("self.num_layers", "1")},
    ),
    Misconception(
        "linear layer added",
        "The model has another layer besides nn.RNN. Remove it: here the states themselves are the logits.",
        {
            LAYER: LAYER + "\n        self.fc = nn.Linear(hidden_size, hidden_size)",
            RETURN: "return self.fc(output).reshape(-1, self.hidden_size)",
        },
    ),
    Misconception(
        "rows word by word",
        "The rows go word by word. Time is axis 0, so flatten output without a transpose, and the rows go step by step.",
        {RETURN: "return output.transpose(0, 1).reshape(-1, self.hidden_size)"},
    ),
    Misconception(
        "batch_first=True with time-first inputs",
        "The inputs are (seq_len, batch, input_size), but batch_first=True makes axis 0 the batch. Leave batch_first out.",
        forms=(
            {LAYER: LAYER.replace(")", ", batch_first=True)"), CALL: "output, _ = self.rnn(inputs)"},
            {LAYER: LAYER.replace(")", ", batch_first=True)")},
        ),
    ),
    Misconception(
        "initial state with the batch in front",
        "The initial state has its axes in the wrong order. Its shape is (num_layers, batch, hidden_size).",
        {STATE: "h_0 = inputs.new_zeros(self.batch_size, self.num_layers, self.hidden_size)"},
    ),
    Misconception(
        "initial state for one layer",
        "The initial state fits one layer only. It needs one row per layer: (num_layers, batch, hidden_size).",
        {STATE: STATE.replace("self.num_layers", "1")},
    ),
    Misconception(
        "initial state for a batch of one",
        "The initial state fits one word only. Its second axis has to be batch_size.",
        {STATE: STATE.replace("self.batch_size", "1")},
    ),
    Misconception(
        "initial state of ones",
        "The initial state is not zero. Create it with torch.zeros.",
        {STATE: STATE.replace("new_zeros(", "new_ones((").replace("hidden_size)", "hidden_size))")},
    ),
    Misconception(
        "state kept between calls",
        "The second call continues from the last state of the first call. Start every call from zeros.",
        {
            STATE: "h_0 = getattr(self, 'hidden', None)",
            CALL: "output, hidden = self.rnn(inputs, h_0)\n        self.hidden = hidden.detach()",
        },
    ),
    Misconception(
        "softmax at the end",
        "The rows are probabilities. Return the states unchanged, because cross-entropy expects logits.",
        {RETURN: "return output.reshape(-1, self.hidden_size).softmax(dim=1)"},
    ),
    Misconception(
        "log_softmax at the end",
        "The rows are log-probabilities. Return the states unchanged, because cross-entropy applies log_softmax itself.",
        {RETURN: "return output.reshape(-1, self.hidden_size).log_softmax(dim=1)"},
    ),
    Misconception(
        "output not flattened",
        "The result still has three axes. Return the result of view or reshape, with seq_len*batch rows.",
        {RETURN: "return output"},
    ),
    Misconception(
        "only the last step",
        "Only the last step is returned. Return one row for every time step and batch item.",
        {RETURN: "return output[-1]"},
    ),
    Misconception(
        "output and state returned",
        "forward returns a pair. Return only the rows, without the last state.",
        {CALL: CALL.replace("_", "h_n"), RETURN: RETURN + ", h_n"},
    ),
    Misconception(
        "relu instead of tanh",
        "The layer is built with relu. Leave the argument nonlinearity out: the default is tanh.",
        {LAYER: LAYER.replace(")", ", nonlinearity='relu')")},
    ),
    Misconception(
        "biases switched off",
        "The layer has no biases. Leave bias=False out.",
        {LAYER: LAYER.replace(")", ", bias=False)")},
    ),
    Misconception(
        "result detached",
        "The values are right, but .detach() or .data cuts the graph: no gradient reaches the parameters.",
        {RETURN: "return output.detach().reshape(-1, self.hidden_size)"},
    ),
)
