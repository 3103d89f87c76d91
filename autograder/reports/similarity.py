"""Find submissions that share code which few others have. This is only a hint for a person, who then reads both.

Each text becomes runs of N tokens, as in winnowing (Schleimer, Wilkerson and Aiken, 2003) but with every run kept, since our
tasks are short. Runs of the stub and of the solution say nothing; nor do those that many have: what is left is weighted by
rarity, as a search engine weights words (inverse document frequency, log(students / students who have it)).
"""

from __future__ import annotations

import builtins
import io
import keyword
import math
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

N = 8  # tokens of a run: a line or so
COMMON_SHARE, COMMON_LEAST = 0.1, 5  # a run that more than these have is a common answer
MIN_SIMILARITY = 0.8  # of the weight of the smaller one's rare runs
MIN_RUNS = 20  # shared rare runs: some four lines in one piece

LAYOUT = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}
RESERVED = frozenset(keyword.kwlist) | frozenset(dir(builtins))
Run = tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Students of one assignment whose submissions are similar. score: the weakest link between them, up to 1.

    example: a run that few others have, as tokens.
    """

    assignment: str
    students: tuple[str, ...]
    score: float
    example: str


def similar_groups(assignment: str, texts: Mapping[str, str], known: Iterable[str]) -> list[Group]:
    """Groups among the submissions in `texts`, by student, the most similar first. known: texts that everybody has seen."""
    given = {run for text in known for run in _runs(text)}
    runs = {student: set(_runs(text)) - given for student, text in texts.items()}
    owners: dict[Run, list[str]] = defaultdict(list)
    for student, own in runs.items():
        for run in own:
            owners[run].append(student)
    most = max(COMMON_LEAST, COMMON_SHARE * len(texts))
    weight = {run: math.log(len(texts) / len(who)) for run, who in owners.items() if len(who) <= most}
    links = {pair: score for pair, score in _pairs(runs, owners, weight) if score >= MIN_SIMILARITY}
    groups = [_group(assignment, members, links, runs, weight) for members in _components(links)]
    return sorted(groups, key=lambda group: (-group.score, group.students))


def _pairs(
    runs: Mapping[str, set[Run]], owners: Mapping[Run, list[str]], weight: Mapping[Run, float]
) -> Iterator[tuple[tuple[str, str], float]]:
    """Pairs with enough in common, each with the shared fraction of the smaller one's weight."""
    shared: dict[tuple[str, str], float] = defaultdict(float)
    count: dict[tuple[str, str], int] = defaultdict(int)
    for run, who in owners.items():
        if run in weight and len(who) > 1:
            for pair in combinations(sorted(who), 2):
                shared[pair] += weight[run]
                count[pair] += 1
    total = {student: sum(weight.get(run, 0.0) for run in own) for student, own in runs.items()}
    for pair, value in shared.items():
        least = min(total[student] for student in pair)
        if count[pair] >= MIN_RUNS and least > 0:
            yield pair, value / least


def _group(
    assignment: str,
    members: tuple[str, ...],
    links: Mapping[tuple[str, str], float],
    runs: Mapping[str, set[Run]],
    weight: Mapping[Run, float],
) -> Group:
    inside = {pair: score for pair, score in links.items() if pair[0] in members}
    (first, second), _ = max(inside.items(), key=lambda item: item[1])
    shared = [run for run in runs[first] & runs[second] if run in weight]
    rarest = max(shared, key=lambda run: (weight[run], run))
    return Group(assignment, members, min(inside.values()), " ".join(rarest)[:120])


def _components(links: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The groups of students who are linked, directly or through others."""
    group_of: dict[str, set[str]] = {}
    for a, b in links:
        merged = group_of.get(a, {a}) | group_of.get(b, {b})
        for member in merged:
            group_of[member] = merged
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def _runs(text: str) -> Iterator[Run]:
    """Runs of N tokens. Every variable becomes `_`, so that renaming changes nothing."""
    tokens = ["", *_tokens(text), ""]
    shown = [
        "_" if token.isidentifier() and token not in RESERVED and before != "." and after != "(" else token
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
    ]
    return (tuple(shown[i : i + N]) for i in range(len(shown) - N + 1))


def _tokens(text: str) -> Iterator[str]:
    """Tokens without layout and comments; up to the first place that Python cannot read."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in LAYOUT and token.type != tokenize.COMMENT:
                yield token.string
    except (tokenize.TokenError, SyntaxError):
        return
