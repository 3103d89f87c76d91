"""`python -m autograder`, without the current folder among the places to import from: it may be a student's.

Python itself has looked there for `runpy` and `autograder` before this file runs. The command `autograder` never does.
"""

import sys

if not sys.flags.safe_path:
    del sys.path[0]

from autograder.cli import main

sys.exit(main())
