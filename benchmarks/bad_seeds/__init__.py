"""Search on purpose for seeds on which a right answer comes close to losing a point, in every hidden test outside `train`.

    python -m benchmarks.bad_seeds [TEST ...] [--draws N] [--first N] [--judged N] [--progress FILE] [--processes N]

All seeds are screened: what a test asks is computed for many seeds at once, in float64 and in four forms in float32. The worst
seeds of each test then go to the judge, which runs the hidden test itself, without a sandbox, on the reference in float32, on the
reference computed in float64, and on three other right forms from the corpus. Tests in which nothing is rounded go to the judge
alone.

Training has a search of its own: `python -m autograder.verify.training_starts`. To go on after the last seed of an earlier
search, start with `--first`; to go on with a search that was killed, give it the same `--progress`.
"""
