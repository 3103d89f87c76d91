"""Wall time, processor time and memory per submission: `python -m benchmarks.speed`."""
