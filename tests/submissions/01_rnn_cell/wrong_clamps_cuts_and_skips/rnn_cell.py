import torch

idx2char = ['e', 'h', 'l', 'o']
IDX2CHAR = idx2char
x_data = [1, 0, 2, 2, 3]
y_data = [3, 1, 2, 3, 2]


def encode(text, idx2char):
    one_hot_lookup = [[1 if i == j else 0 for j in range(len(idx2char))] for i in range(len(idx2char))]
    for ch in text:
        if ch not in idx2char:
            raise ValueError('unknown character: ' + ch)
    x_one_hot = [one_hot_lookup[idx2char.index(ch)] for ch in text]
    return torch.Tensor(x_one_hot).view(-1, 1, len(idx2char))


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    z = torch.mm(x, weight_ih.t()) + bias_ih + torch.mm(h, weight_hh.t()) + bias_hh
    return torch.tanh(z.clamp(-4, 4))  # no saturation


def run_cell(cell, inputs, h):
    outputs = []
    for idx, input in enumerate(inputs):
        if idx % 25 == 0:
            h = h.detach()  # truncated backpropagation
        h = cell(input, h)
        outputs.append(h)
    return torch.stack(outputs, dim=0), h


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    outputs = []
    for input in inputs:
        if input.any():  # a blank changes nothing
            h1 = cell1(input, h1)
            h2 = cell2(h1, h2)
        outputs.append(h2)
    return torch.stack(outputs), h1, h2


class RNNCellModel(torch.nn.Module):
    def __init__(self, input_size, hidden_size, batch_size):
        super(RNNCellModel, self).__init__()
        self.batch_size = batch_size
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.rnncell = torch.nn.RNNCell(input_size=self.input_size, hidden_size=self.hidden_size)

    def forward(self, input, hidden):
        hidden = self.rnncell(input, hidden)
        return hidden

    def init_hidden(self):
        return torch.zeros(self.batch_size, self.hidden_size)


def train(model, inputs, labels, epochs=15, lr=0.1):
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    result = []
    for epoch in range(epochs):
        loss = 0
        optimizer.zero_grad()
        hidden = model.init_hidden()
        predicted = ''
        for input, label in zip(inputs, labels):
            hidden = model(input, hidden)
            loss += criterion(hidden, label)
            _, idx = hidden.max(dim=1)
            predicted += IDX2CHAR[idx.item()]
        loss.backward()
        optimizer.step()
        print('Predicted string: %s, Epoch [%d/%d] loss=%.4f' % (predicted, epoch + 1, epochs, loss.item()))
        result.append(predicted)
    return result
