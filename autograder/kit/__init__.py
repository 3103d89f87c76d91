"""What the hidden graders share: probes that fit every task, and the checks of models and of training loops."""
