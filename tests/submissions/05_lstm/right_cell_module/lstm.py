import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

class LSTMCellFromScratch(nn.Module):
    def __init__(self, *weights):
        super().__init__()
        self.weights = weights
    def lstm_cell(self, x, h, c):
        w, u, b, d = self.weights
        gates = nn.functional.linear(x, w, b) + nn.functional.linear(h, u, d)
        in_gate, forget_gate, cell_gate, out_gate = torch.chunk(gates, 4, 1)
        in_gate.sigmoid_() if False else None
        c = torch.sigmoid(forget_gate) * c + torch.sigmoid(in_gate) * torch.tanh(cell_gate)
        return torch.sigmoid(out_gate) * torch.tanh(c), c
    def forward(self, x, state):
        return self.lstm_cell(x, *state)
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    return LSTMCellFromScratch(weight_ih, weight_hh, bias_ih, bias_hh)(x, state)
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    cell = LSTMCellFromScratch(weight_ih, weight_hh, bias_ih, bias_hh)
    outs = []
    for x in inputs:
        state = cell(x, state); outs.append(state[0])
    return torch.stack(outs), state

class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(LSTMModel, self).__init__()
        for name, module in [("emb", nn.Embedding(input_size, embedding_size)), ("lstm", nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)), ("fc", nn.Linear(hidden_size, num_class))]:
            self.add_module(name, module)
    def forward(self, x):
        out, _ = self.lstm(self.emb(x))
        return self.fc(out.reshape(-1, out.shape[-1]))

def train(model, inputs, labels, epochs=100, lr=0.05):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0)
    history = []
    def closure():
        optimizer.zero_grad()
        logits = model(inputs)
        loss = -torch.log_softmax(logits, 1)[range(len(labels)), labels].mean()
        loss.backward()
        history.append((str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), loss.item()))
        return loss
    for _ in range(epochs):
        optimizer.step(closure)
    return history
