import torch
import torch.nn as nn

idx2char = ['e', 'h', 'l', 'o']
IDX2CHAR = idx2char
x_data = [[1, 0, 2, 2, 3]]  # hello
y_data = [3, 1, 2, 3, 2]    # ohlol


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    gates = torch.mm(x, weight_ih.t()) + bias_ih + torch.mm(h, weight_hh.t()) + bias_hh
    ingate, forgetgate, outgate, cellgate = gates.chunk(4, 1)

    ingate = torch.sigmoid(ingate)
    forgetgate = torch.sigmoid(forgetgate)
    cellgate = torch.tanh(cellgate)
    outgate = torch.sigmoid(outgate)

    cy = (forgetgate * c) + (ingate * cellgate)
    hy = outgate * torch.tanh(cy)
    return hy, cy


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    outputs = []
    for t in range(inputs.size(0)):
        state = lstm_cell_step(inputs[t], state, weight_ih, weight_hh, bias_ih, bias_hh)
        outputs.append(state[0])
    output = torch.stack(outputs, 0)
    return output, state


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(LSTMModel, self).__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.num_class = num_class
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(input_size=embedding_size, hidden_size=hidden_size,
                            num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        x = self.emb(x)                       # (batch, seq, emb)
        x, _ = self.lstm(x, (h0, c0))
        x = self.fc(x)
        return x.view(-1, self.num_class)


def train(model, inputs, labels, epochs=100, lr=0.05):
    criterion = nn.CrossEntropyLoss()
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
        word = ''.join([idx2char[i] for i in idx])
        print('Predicted: ', word, end='')
        print(', Epoch [%d/%d] loss = %.3f' % (epoch + 1, epochs, loss.item()))
        history.append((word, loss.item()))
    return history


if __name__ == '__main__':
    net = LSTMModel()
    train(net, torch.LongTensor(x_data), torch.LongTensor(y_data))
