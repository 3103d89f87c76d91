"""`python -m autograder`, with the current folder removed from the import path because it may hold a student's files.

Python itself has already searched that folder for `runpy` and `autograder` by now. The command `autograder` never searches it.
"""

import sys

if not sys.flags.safe_path:
    del sys.path[0]

from autograder.cli import main

sys.exit(main())
