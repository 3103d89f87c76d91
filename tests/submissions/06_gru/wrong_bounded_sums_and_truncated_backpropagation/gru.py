import torch
import torch.nn as nn

idx2char = ['e', 'h', 'l', 'o']
IDX2CHAR = idx2char
x_data = [[1, 0, 2, 2, 3]]  # hello
y_data = [3, 1, 2, 3, 2]    # ohlol


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    gi = torch.mm(x, weight_ih.t()) + bias_ih
    gh = torch.mm(h, weight_hh.t()) + bias_hh
    i_r, i_z, i_n = gi.chunk(3, 1)
    h_r, h_z, h_n = gh.chunk(3, 1)

    resetgate = torch.sigmoid(i_r + h_r)
    updategate = torch.sigmoid(i_z + h_z)
    newgate = torch.tanh((i_n + resetgate * h_n).clamp(-4, 4))
    hy = newgate + updategate * (h - newgate)
    return hy


def gru_cell_step_paper(x, h, w_z, w_r, w):
    hx = torch.cat((h, x), 1)
    z = torch.sigmoid(torch.mm(hx, w_z.t()))
    r = torch.sigmoid(torch.mm(hx, w_r.t()))
    h_tilde = torch.tanh(torch.mm(torch.cat((r * h, x), 1), w.t()).clamp(-4, 4))
    return (1 - z) * h + z * h_tilde


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    outputs = []
    for t in range(inputs.size(0)):
        if t == 20:
            h = h.detach()
        h = gru_cell_step(inputs[t], h, weight_ih, weight_hh, bias_ih, bias_hh)
        outputs.append(h)
    return torch.stack(outputs, 0), h


class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(GRUModel, self).__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.num_class = num_class
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(input_size=embedding_size, hidden_size=hidden_size,
                            num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        x = self.emb(x)                       # (batch, seq, emb)
        x, _ = self.gru(x, h0)
        x = torch.clamp(self.fc(x), -5, 5)
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
    net = GRUModel()
    train(net, torch.LongTensor(x_data), torch.LongTensor(y_data))
