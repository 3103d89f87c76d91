import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices: Tensor, weight: Tensor) -> Tensor:
    """Look up one row of weight per index, written as one-hot vectors times the matrix.

    indices: int64, one or more axes, every value from 0 to input_size - 1
    weight:  (input_size, embedding_size), the lookup matrix
    returns: (*indices.shape, embedding_size), in the dtype of weight

    Equation (lecture, "Embedding in PyTorch"): embed(i) = onehot(i) W = row i of W.

    Example: weight = [[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]] and indices = [2, 0] give
    [[2.1, 2.2], [0.1, 0.2]], of shape (2, 2). Indices of shape (1, 5) give the shape (1, 5, 2).

    Build the one-hot vectors and multiply: handing the work to nn.Embedding or F.embedding is not what
    is asked, and is flagged for review. Do not change the arguments; keep no state between calls;
    return a new tensor; let the gradient flow to weight.
    """
    ### BEGIN SOLUTION
    # one_hot counts in int64; a product needs both sides in one floating dtype.
    one_hot = F.one_hot(indices, num_classes=weight.shape[0]).to(weight.dtype)  # (*indices.shape, input_size)
    return one_hot @ weight  # (*indices.shape, embedding_size)
    ### END SOLUTION

class EmbeddingModel(nn.Module):
    def __init__(
        self,
        input_size: int = 4,
        embedding_size: int = 10,
        hidden_size: int = 8,
        num_layers: int = 2,
        num_class: int = 4,
    ) -> None:
        super().__init__()
        self.num_class = num_class
        self.emb = nn.Embedding(input_size, embedding_size, padding_idx=0)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x: Tensor) -> Tensor:
        x = self.emb(x)
        x, _ = self.rnn(x)
        x = self.fc(x)
        return x.reshape(-1, self.num_class)

def train(
    model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.05
) -> list[tuple[str, float]]:
    """Train model in place with Adam and cross-entropy; return (decoded string, loss) of every epoch.

    model:   maps inputs to logits (batch*seq_len, num_class)
    inputs:  (batch, seq_len), int64, with batch 1
    labels:  (batch*seq_len,), int64
    returns: a list of `epochs` pairs; the string is decoded with IDX2CHAR, the loss is a Python float

    One epoch is one pass over the whole word and one step of Adam with learning rate lr. String and
    loss of an epoch come from that epoch's forward pass, before the step. Mean and sum of the loss are
    both fine.

    Example: train(EmbeddingModel(), inputs, labels) returns 15 pairs; the last could be ("ohlol",
    0.043), the loss that the lecture shows.

    Train the model that is passed, do not build another. Do not change inputs and labels.
    """
    ### BEGIN SOLUTION
    criterion = nn.CrossEntropyLoss()
    # One optimiser for all epochs: Adam's running averages are part of the training.
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        optimizer.zero_grad()
        logits = model(inputs)  # (batch*seq_len, num_class)
        loss = criterion(logits, labels)
        text = "".join(IDX2CHAR[i] for i in logits.argmax(dim=1).tolist())
        history.append((text, loss.item()))
        loss.backward()
        optimizer.step()
    return history
    ### END SOLUTION