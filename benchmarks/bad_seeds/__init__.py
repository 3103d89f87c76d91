"""Search for seeds on which a correct answer comes close to losing a point, in every hidden test except those of `train`.

    python -m benchmarks.bad_seeds [TEST ...] [--draws N] [--first N] [--judged N] [--progress FILE] [--processes N]

All seeds are screened: a test's calls are computed for many seeds at once, in float64 and in four forms in float32. The worst
seeds of each test then go to the judge, which runs the hidden test itself, without a sandbox, on the reference in float32, on the
reference computed in float64, and on three other correct forms from the corpus. Tests without rounding go to the judge only.

`train` has its own search: `python -m autograder.verify.training_starts`. To add seeds to an earlier search, use `--first`; to
continue a search that was stopped, use the same `--progress`.
"""
