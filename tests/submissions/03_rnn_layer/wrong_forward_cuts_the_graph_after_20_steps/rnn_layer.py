# Name: Kim, student no. 20191234
# Homework 3: RNN layer
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.autograd import Variable

torch.manual_seed(777)
IDX2CHAR = ['e', 'h', 'l', 'o']


def rnn_forward(inputs, h_0, parameters, num_layers):
    layer_input = inputs
    h_n = []
    for layer in range(num_layers):
        w_ih = parameters['weight_ih_l' + str(layer)]
        w_hh = parameters['weight_hh_l' + str(layer)]
        b_ih = parameters['bias_ih_l' + str(layer)]
        b_hh = parameters['bias_hh_l' + str(layer)]
        h_t = h_0[layer]
        out = []
        for t in range(layer_input.size(0)):
            if t == 20:
                h_t = h_t.detach()
            h_t = torch.tanh(nn.functional.linear(layer_input[t], w_ih, b_ih) + nn.functional.linear(h_t, w_hh, b_hh))
            out.append(h_t.unsqueeze(0))
        layer_input = torch.cat(out, 0)
        h_n.append(h_t.unsqueeze(0))
    return layer_input, torch.cat(h_n, 0)


class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super(RNNModel, self).__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.batch_size = batch_size
        self.num_layers = num_layers
        self.rnn = nn.RNN(input_size=self.input_size, hidden_size=self.hidden_size, num_layers=self.num_layers)

    def forward(self, inputs):
        hidden = torch.zeros(self.num_layers, self.batch_size, self.hidden_size)
        out, _ = self.rnn(inputs, hidden)
        return out.view(-1, self.hidden_size)


def decode(logits, idx2char):
    _, idx = logits.max(dim=1)
    result_str = [idx2char[c] for c in idx.data.numpy()]
    return ''.join(result_str)


def train(model, inputs, labels, epochs=15, lr=0.05):
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        _, idx = outputs.max(dim=1)
        idx = idx.data.numpy()
        result = ''.join([IDX2CHAR[x] for x in idx])
        print('Predicted:', result, end='')
        print(', Epoch [%d/15] loss=%.3f' % (epoch + 1, loss.item()))
        history.append((result, loss.item()))
    return history
