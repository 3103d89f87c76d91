import torch
import torch.nn as nn

from rnn_helpers import gate_values, spell

IDX2CHAR = ["e", "h", "l", "o"]


def lstm_cell_step(x, state, *weights):
    h, c = state
    i, f, g, o = gate_values(x, h, *weights)
    c = torch.addcmul(f * c, i, g)
    return o * c.tanh(), c


def lstm_forward(inputs, state, *weights):
    out = []
    for x in inputs:
        state = lstm_cell_step(x, state, *weights)
        out.append(state[0])
    return torch.stack(out), tuple(state)


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4, dropout=0.0):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True, dropout=dropout)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        packed, _ = self.lstm(self.emb(x))
        return self.fc(packed.flatten(end_dim=1))


def train(model, inputs, labels, epochs=100, lr=0.05):
    optimizer = torch.optim.Adam(list(model.parameters()), lr=lr)
    history = []
    for epoch in range(epochs):
        with torch.enable_grad():
            logits = model(inputs)
            loss = -torch.log_softmax(logits, -1).gather(1, labels[:, None]).mean()
        history.append([spell(logits.detach().numpy().argmax(axis=1), IDX2CHAR), loss.item()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return history
