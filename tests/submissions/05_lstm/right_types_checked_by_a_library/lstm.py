import jaxtyping as jt
import torch
from beartype import beartype
from jaxtyping import Float, jaxtyped
from torch import Tensor, nn
from typeguard import typechecked

IDX2CHAR = ["e", "h", "l", "o"]
State = tuple[Float[Tensor, "batch hidden_size"], Float[Tensor, "batch hidden_size"]]


@typechecked
def lstm_cell_step(
    x: Float[Tensor, "batch input_size"],
    state: State,
    weight_ih: Float[Tensor, "gates input_size"],
    weight_hh: jt.Float[Tensor, "gates hidden_size"] | None,
    bias_ih: Float[Tensor, "gates"],
    bias_hh: Float[Tensor, "gates"],
) -> State:
    h, c = state
    i, f, g, o = (x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def lstm_forward(
    inputs: Tensor,
    state: tuple[Tensor, Tensor],
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    h, c = state
    outputs = []
    for x in inputs:  # (batch, input_size)
        # Both parts of the state travel on; only h is shown to the outside.
        h, c = lstm_cell_step(x, (h, c), weight_ih, weight_hh, bias_ih, bias_hh)
        outputs.append(h)
    return torch.stack(outputs), (h, c)  # seq_len x (batch, hidden_size) -> (seq_len, batch, hidden_size)


@jaxtyped(typechecker=beartype)
class LSTMModel(nn.Module):

    def __init__(
        self,
        input_size: int = 4,
        embedding_size: int = 10,
        hidden_size: int = 8,
        num_layers: int = 2,
        num_class: int = 4,
    ) -> None:
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x: Tensor) -> Tensor:
        embedded = self.emb(x)        # (batch, seq_len) -> (batch, seq_len, embedding_size)
        # No state is passed: nn.LSTM then starts h and c at zero, for any batch size and on every call.
        output, _ = self.lstm(embedded)  # -> (batch, seq_len, hidden_size)
        logits = self.fc(output)      # -> (batch, seq_len, num_class)
        return logits.flatten(0, 1)   # -> (batch*seq_len, num_class)


def train(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    epochs: int = 100,
    lr: float = 0.05,
) -> list[tuple[str, float]]:
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        logits = model(inputs)  # (seq_len, num_class)
        loss = criterion(logits, labels)
        # Recorded before the step, so that string and loss belong to the same weights.
        word = "".join(IDX2CHAR[index] for index in logits.argmax(dim=1).tolist())
        history.append((word, loss.item()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return history
