"""The repositories to grade, as a JSON list for a matrix: repositories.py 'our-class/rnn-ada our-class/hw1-*'

A pattern stands for every repository of that organisation whose name matches. `gh` lists them, without archived ones.
When there is nothing to grade, or more than a matrix may hold, a line says why and the exit status is 2. Standard library only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from fnmatch import fnmatchcase

MOST_JOBS = 256  # of one matrix, by GitHub's limits


def of_organisation(owner: str) -> list[str]:
    """Every repository of the organisation that the token may see, as OWNER/NAME."""
    command = ["gh", "repo", "list", owner, "--no-archived", "--limit", "10000", "--json", "nameWithOwner"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"The repositories of {owner} could not be listed. May the token read them?")
    return [found["nameWithOwner"] for found in json.loads(done.stdout)]


def chosen(words: list[str]) -> list[str]:
    """What the words name, each repository once, in order."""
    found: dict[str, None] = {}
    for word in words:
        owner, slash, name = word.partition("/")
        if not owner or not slash or not name or "/" in name or set(owner) & set("*?["):
            raise SystemExit(f"{word!r} is not OWNER/REPOSITORY or OWNER/PATTERN.")
        if set(name) & set("*?["):
            matching = [other for other in of_organisation(owner) if fnmatchcase(other.lower(), word.lower())]
            if not matching:
                raise SystemExit(f"No repository matches {word}.")
            found |= dict.fromkeys(sorted(matching, key=str.lower))
        else:
            found[word] = None
    if not found:
        raise SystemExit("Name at least one repository.")
    if len(found) > MOST_JOBS:
        raise SystemExit(f"{len(found)} repositories match, and one run may have {MOST_JOBS} jobs. Choose narrower patterns.")
    return list(found)


if __name__ == "__main__":
    try:
        print(json.dumps(chosen(" ".join(sys.argv[1:]).split())))
    except SystemExit as error:
        print(f"::error::{error}", file=sys.stderr)
        sys.exit(2)
