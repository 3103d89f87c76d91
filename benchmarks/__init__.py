"""Measurements of the graders: speed, accuracy, scale. See README.md."""
