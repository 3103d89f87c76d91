"""Hostile text in every place of a result that a student can reach, in every format that results are written in."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from autograder.reports.formats import FORMATS, report
from autograder.sanitize import one_line
from tests.redteam.test_reports import HOSTILE, results

ONE = ("gradescope", "classroom50")  # documents of one result
SHORT = {name: text[:100_000] for name, text in HOSTILE.items()}


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ONE])
def test_a_class_with_hostile_text(name: str) -> None:
    check(report([result for text in SHORT.values() for result in results(text)], name), name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", SHORT.values(), ids=SHORT.keys())
def test_a_single_hostile_result(text: str, name: str) -> None:
    for result in results(text):
        check(report([result], name), name)


def check(written: str, name: str) -> None:
    shown = json.dumps(json.loads(written)) if name in ONE else written
    hidden = {c for c in shown if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}}
    assert not hidden
    written.encode()
    if name in ("csv", "canvas", "moodle", "blackboard"):
        cells = [cell for row in csv.reader(io.StringIO(written)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    elif name == "junit":
        ElementTree.fromstring(written)
    elif name == "github":
        assert all(re.match(r"::(notice|warning|error) title=[^:]*::", line) for line in written.splitlines())
    elif name == "html":
        page = BeautifulSoup(written, "html.parser")
        assert not page.find_all(["script", "iframe", "object", "embed", "img", "link", "base", "form"])
        assert not [tag for tag in page.find_all(True) if any(key.startswith("on") for key in tag.attrs)]
        assert "49" not in [one_line(text) for text in page.stripped_strings]  # no template was run
