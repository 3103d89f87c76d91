"""The course on recurrent networks in PyTorch: how it is built, verified and graded."""

__version__ = "1.0.0"
