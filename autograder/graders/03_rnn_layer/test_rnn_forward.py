"""rnn_forward: a stack of tanh RNN layers from the equation."""

import torch

from autograder.kit import (
    CheckFailed,
    Equation,
    Misconception,
    check,
    check_all,
    check_gradients,
    check_pure,
    close,
    equation_mistakes,
    memoize,
    points,
    requires_grad,
    with_a_zero_step,
)

NEXT_LOOK = "Compare your code with the equation in the docstring, term by term: weights, biases, activations, order."
AXES = ("seq_len batch hidden_size", "num_layers batch hidden_size")
FORBIDDEN = (
    "RNN", "RNNCell", "RNNBase", "RNNCellBase", "rnn_tanh", "rnn_tanh_cell", "rnn_relu", "rnn_relu_cell", "_VF",
    "LSTM", "GRU", "functional_call",
)  # fmt: skip


@memoize
def expected(inputs, h_0, parameters, num_layers):
    return torch.rnn_tanh(inputs, h_0, list(parameters.values()), True, num_layers, 0.0, False, False, False)


def case(draw, num_layers, seq_len=None, batch=None, input_size=None, hidden_size=None):
    """Inputs, a first state that is not zero, and nn.RNN's parameters by name; sizes that are not given all differ."""
    sizes = draw.sizes(4)
    seq_len, batch = seq_len or sizes[0], batch or sizes[1]
    input_size, hidden_size = input_size or sizes[2], hidden_size or sizes[3]
    parameters = {}
    for k in range(num_layers):
        kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        values = draw.weights(1, hidden_size if k else input_size, hidden_size)
        parameters.update({f"{kind}_l{k}": value for kind, value in zip(kinds, values, strict=True)})
    h_0 = draw.uniform(0.9, num_layers, batch, hidden_size)
    return draw.normal(seq_len, batch, input_size), h_0, parameters, num_layers


def check_cases(submission, draw, *settings):
    drawn = [case(draw, *setting) for setting in settings]
    cases = [(with_a_zero_step(inputs), *rest) for inputs, *rest in drawn]
    check_all(submission.call_many("rnn_forward", cases), [expected(*args) for args in cases], AXES)


@points(2)
def test_one_layer_follows_the_equation(submission, draw):
    """With one layer, rnn_forward equals nn.RNN: every step uses both weights, both biases and the previous state."""
    check_cases(submission, draw, (1, 4, 3, 5, 5), (1,), (1, 1), (1, 20, 1), (1, 50, 2, 1), (1, None, None, None, 1))


@points(2)
def test_layers_are_stacked(submission, draw):
    """With two, three and four layers, rnn_forward equals nn.RNN: each layer reads the states of the layer below."""
    check_cases(submission, draw, (2, 4, 3, 5, 5), (2,), (3, None, 1), (4, 1), (2, 20, 2), (3, 3, 3, 3, 3))


@points(1)
def test_gradients_flow_to_every_parameter(submission, draw):
    """Gradients flow from both results of rnn_forward to inputs, h_0 and every parameter of every layer."""
    inputs, h_0, parameters, num_layers = case(draw, 3, draw.integer(33, 36))
    leaves = {"inputs": inputs, "h_0": h_0, **parameters}
    for tensor in leaves.values():
        requires_grad(tensor)
    args = (inputs, h_0, parameters, num_layers)
    check_gradients(submission.rnn_forward(*args), expected(*args), leaves, draw, AXES)


@points(1)
def test_looks_only_at_the_past(submission, draw):
    """No later input or other batch item affects an output, no argument is changed, and a second call returns the same result."""
    cases = [case(draw, 2, draw.integer(6, 9), 3), case(draw, 1)]
    check_pure(submission.rnn_forward, cases, expected, AXES)
    inputs, *rest = cases[0]
    later = inputs.clone()
    later[3:] += 1
    other = inputs.clone()
    other[:, 1:] += 1
    for changed in (later, other):
        check(submission.rnn_forward(changed, *rest), expected(changed, *rest), AXES)
    before, after = submission.rnn_forward(*cases[0]), submission.rnn_forward(later, *rest)
    check(before, expected(*cases[0]), AXES)
    check(after, expected(later, *rest), AXES)
    # Equal up to rounding: a matrix product over another range may add up in another order.
    if not bool(close(before.value[0][:3], after.value[0][:3]).all()):
        raise CheckFailed("rnn_forward(...): an input of a later time step changed an earlier output.")


STEP = "            h = torch.tanh(x @ w_ih.T + h @ w_hh.T + bias)\n"
BIAS = '        bias = parameters[f"bias_ih_l{k}"] + parameters[f"bias_hh_l{k}"]\n'
BY_STEP = """def rnn_forward(inputs, h_0, parameters, num_layers):
    h, output = list(h_0), []
    for x in inputs:
        for k in range(num_layers):
            w_ih, w_hh = parameters[f"weight_ih_l{{k}}"], parameters[f"weight_hh_l{{k}}"]
            bias = parameters[f"bias_ih_l{{k}}"] + parameters[f"bias_hh_l{{k}}"]
            x = h[k] = torch.tanh(x @ w_ih.T + {state} @ w_hh.T + bias)
        output.append(x)
    return torch.stack(output), torch.stack(h)
"""
VIEWS = """def rnn_forward(inputs, h_0, parameters, num_layers):
    h, output = h_0.clone(), []
    for x in inputs:
        for k in range(num_layers):
            w_ih, w_hh = parameters[f"weight_ih_l{k}"], parameters[f"weight_hh_l{k}"]
            bias = parameters[f"bias_ih_l{k}"] + parameters[f"bias_hh_l{k}"]
            x = h[k] = torch.tanh(x @ w_ih.T + h[k] @ w_hh.T + bias)
        output.append(h[-1])
    return torch.stack(output), h
"""
RETURN = "    return sequence, torch.stack(last_states)\n"

MISCONCEPTIONS = (
    Misconception(
        "bias_hh left out",
        "The sum has four terms: PyTorch adds bias_ih and also bias_hh, in every layer.",
        {BIAS: '        bias = parameters[f"bias_ih_l{k}"]\n'},
        common=True,
    ),
    Misconception(
        "bias_ih left out",
        "The sum has four terms: PyTorch adds bias_hh and also bias_ih, in every layer.",
        {BIAS: '        bias = parameters[f"bias_hh_l{k}"]\n'},
    ),
    Misconception(
        "bias_ih used twice",
        "The sum has bias_ih twice. The product with h has a bias of its own, bias_hh.",
        {BIAS: BIAS.replace("bias_hh", "bias_ih")},
    ),
    Misconception(
        "num_layers ignored",
        "The number of layers is fixed in the code. Run num_layers layers, each on the states of the layer below.",
        forms=({"range(num_layers)": "range(1)"}, {"range(num_layers)": "range(2)"}),
    ),
    Misconception(
        "both biases left out",
        "Both biases are missing. Add bias_ih and bias_hh to the two products.",
        {BIAS: "        bias = 0\n"},
        common=True,
    ),
    Misconception(
        "state not carried forward",
        "Every step of a layer starts from its initial state. Pass the new state to the next step.",
        {
            STEP: STEP.replace("            h = ", "            n = "),
            "            states.append(h)": "            states.append(n)",
            "last_states.append(h)": "last_states.append(n)",
        },
    ),
    Misconception(
        "initial state ignored",
        "The first step starts from zeros. Start it from the h_0 that is passed.",
        {"h = h_0[k]": "h = torch.zeros_like(h_0[k])"},
        common=True,
    ),
    Misconception(
        "every layer starts from h_0[0]",
        "Every layer starts from h_0[0]. Layer k has to start from h_0[k].",
        {"h = h_0[k]": "h = h_0[0]"},
        common=True,
    ),
    Misconception(
        "initial state taken from the layer below",
        "An upper layer starts from the last state of the layer below. Layer k has to start from h_0[k].",
        {"h = h_0[k]  # (batch, hidden_size)": "h = h_0[0] if k == 0 else h"},
    ),
    Misconception(
        "layers go on from one another's state",
        "Layer k continues from h[k - 1], the state of the layer below. It has to continue from its own state, h[k].",
        forms=(BY_STEP.format(state="h[k - 1]"), BY_STEP.format(state="h[max(k - 1, 0)]")),
    ),
    Misconception(
        "views of one tensor collected",
        "h[-1] is a view of h, and the next step writes over it, so the list holds the last state many times. Keep the "
        "states of the layers in a list instead of writing into h.",
        VIEWS,
    ),
    Misconception(
        "tanh once more on the output",
        "The states are right, but output goes through a second tanh. Collect the states unchanged.",
        forms=(
            {"            states.append(h)": "            states.append(torch.tanh(h))"},
            {RETURN: "    return torch.tanh(sequence), torch.stack(last_states)\n"},
        ),
    ),
    Misconception(
        "every layer reads the inputs",
        "Every layer reads the inputs. Only layer 0 may read them: an upper layer reads the states of the layer below.",
        {"for x in sequence:": "for x in inputs:"},
    ),
    Misconception(
        "upper layer reads the state of the step before",
        "An upper layer is one step late. At time step t it has to read the state of the layer below at the same t.",
        {
            "        sequence = torch.stack(states)": "        sequence = torch.cat([h_0[k : k + 1], torch.stack(states)[:-1]])",
            RETURN: "    return torch.stack(states), torch.stack(last_states)\n",
        },
    ),
    Misconception(
        "same weights in every layer",
        "All layers use the weights of layer 0. The names of layer k's parameters end in _l{k}.",
        {
            'parameters[f"weight_ih_l{k}"], parameters[f"weight_hh_l{k}"]': 'parameters["weight_ih_l0"], '
            'parameters["weight_hh_l0"]',
            BIAS: BIAS.replace("{k}", "0"),
        },
    ),
    Misconception(
        "biases of layer 0 in every layer",
        "All layers use the biases of layer 0. The names of layer k's parameters end in _l{k}.",
        {BIAS: BIAS.replace("{k}", "0")},
    ),
    Misconception(
        "weights not transposed",
        "The weights are stored as (out, in), so both products need the transpose of the weight.",
        {"x @ w_ih.T + h @ w_hh.T": "x @ w_ih + h @ w_hh"},
    ),
    Misconception(
        "weight_hh not transposed",
        "The product with the state needs weight_hh transposed, just as the product with x needs weight_ih transposed.",
        {"h @ w_hh.T": "h @ w_hh"},
    ),
    Misconception(
        "tanh only around a part of the sum",
        "All four terms are added up first; then tanh is applied once, to the whole sum.",
        forms=(
            {STEP: "            h = torch.tanh(x @ w_ih.T + bias) + h @ w_hh.T\n"},
            {STEP: "            h = torch.tanh(x @ w_ih.T + h @ w_hh.T) + bias\n"},
            {
                STEP: '            h = torch.tanh(x @ w_ih.T + parameters[f"bias_ih_l{k}"]) + h @ w_hh.T '
                '+ parameters[f"bias_hh_l{k}"]\n'
            },
        ),
    ),
    Misconception(
        "tanh left out",
        "The states are plain sums. Apply tanh to the whole sum.",
        {STEP: "            h = x @ w_ih.T + h @ w_hh.T + bias\n"},
        common=True,
    ),
    Misconception(
        "sigmoid instead of tanh",
        "The sum goes through a sigmoid, so the states lie between 0 and 1. Use tanh.",
        {STEP: STEP.replace("torch.tanh", "torch.sigmoid")},
    ),
    Misconception(
        "relu instead of tanh",
        "The sum goes through a relu, so no state is negative. Use tanh.",
        {STEP: STEP.replace("torch.tanh", "torch.relu")},
    ),
    Misconception(
        "inputs returned as output",
        "The inputs are returned as output. Pass the states of each layer to the next layer, and return those of the top layer.",
        forms=(
            {RETURN: "    return inputs, torch.stack(last_states)\n"},
            {RETURN: "    return inputs, torch.stack(last_states)\n", "for x in sequence:": "for x in inputs:"},
        ),
    ),
    Misconception(
        "h_n holds the top layer only",
        "h_n holds only the top layer. Return the last state of every layer, the bottom layer first.",
        {RETURN: "    return sequence, torch.stack(last_states[-1:])\n"},
        common=True,
    ),
    Misconception(
        "h_n without the layer axis",
        "h_n has no layer axis. It has three axes even for one layer: (num_layers, batch, hidden_size).",
        {RETURN: "    return sequence, h\n"},
        common=True,
    ),
    Misconception(
        "h_n with batch and layers swapped",
        "In h_n the batch comes first and the layers second. Stack along dim 0, so that the layers come first.",
        {RETURN: "    return sequence, torch.stack(last_states, dim=1)\n"},
    ),
    Misconception(
        "h_n with the top layer first",
        "h_n[k] is the last state of layer k: the bottom layer comes first.",
        {RETURN: "    return sequence, torch.stack(last_states[::-1])\n"},
    ),
    Misconception(
        "initial state returned",
        "h_0 is returned as h_n. Return the states after the last step.",
        {RETURN: "    return sequence, h_0.clone()\n"},
    ),
    Misconception(
        "output holds every layer",
        "output holds every layer. Return only the top layer; the other layers appear in h_n.",
        {
            "    last_states = []\n": "    last_states, every = [], []\n",
            "        last_states.append(h)\n": "        last_states.append(h)\n        every.append(sequence)\n",
            RETURN: "    return torch.cat(every, dim=2), torch.stack(last_states)\n",
        },
    ),
    Misconception(
        "outputs stacked along the wrong axis",
        "The time steps of output are stacked along dim 1. Stack them along dim 0, in front of the batch.",
        {"sequence = torch.stack(states)  #": "sequence = torch.stack(states, dim=1 if k == num_layers - 1 else 0)  #"},
    ),
    Misconception(
        "initial state among the outputs",
        "output has one state too many. It has to start with the state after the first step, not with h_0.",
        {RETURN: "    return torch.cat([h_0[-1:], sequence]), torch.stack(last_states)\n"},
    ),
    Misconception(
        "only the last step",
        "output holds the last step only. Return every state of the top layer, one for each time step.",
        {RETURN: "    return sequence[-1:], torch.stack(last_states)\n"},
    ),
    Misconception(
        "weights detached",
        "The values are right, but no gradient reaches parameters used through .data or .detach(). Use them as they are passed.",
        {
            "    sequence = inputs\n": "    sequence = inputs\n"
            "    parameters = {name: p.detach() for name, p in parameters.items()}\n"
        },
    ),
    Misconception(
        "state detached at every step",
        "The values are right, but the state is detached at every step, so no gradient flows back through time.",
        {STEP: STEP.replace("h @", "h.detach() @")},
    ),
    Misconception(
        "state changed in place",
        "The new states are written into h_0 itself: keep them in a list, or work on a copy.",
        {"        last_states.append(h)\n": "        last_states.append(h)\n        h_0[k] = h\n"},
    ),
)

BIASES = '            b_ih, b_hh = parameters[f"bias_ih_l{k}"], parameters[f"bias_hh_l{k}"]\n'
EQUATION = Equation(
    "torch.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)",
    lambda text: {STEP: f"{BIASES}            h = {text}\n"},
    alike=(("b_ih", "b_hh"), ("h",)),
    square={"w_hh"},
    shown={"w_ih": "weight_ih", "w_hh": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"},
)
FAMILIES = tuple(equation_mistakes(EQUATION, {m.name for m in MISCONCEPTIONS}, pairs=True))
