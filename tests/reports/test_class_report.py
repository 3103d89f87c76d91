"""The class report: its numbers checked by hand, its page as a browser gets it, its size and speed for 500 students."""

from __future__ import annotations

import random
import statistics as by_hand
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup

from autograder.reports.anonymity import anonymous
from autograder.reports.class_report import class_report
from autograder.reports.class_report.data import ClassData
from autograder.reports.class_report.findings import assignment_row, mistake_rows, pair_rows, topics
from autograder.reports.class_report.statistics import cronbach_alpha, difficulty, discrimination, phi, quartiles
from autograder.reports.similarity import Group
from autograder.results import Result, TaskResult, TestResult

from .examples import failed, passed, result

TASKS = 6
TESTS = 5
NAMES = ("01_rnn_cell", "02_shapes", "03_rnn_layer", "04_embedding", "05_lstm", "06_gru")


def random_class(students: int) -> Iterator[Result]:
    """Students of different ability; each test fails with one of its three mistakes, or with none that is known."""
    rng = random.Random(1)
    for number in range(students):
        ability = rng.gauss(0, 1)
        for name in NAMES:
            tasks = []
            for task in range(TASKS):
                tests = []
                for test in range(TESTS):
                    if rng.gauss(0, 1) < ability + 1 - test / 3:
                        tests.append(passed(f"test_{test}", 0.5, f"task {task} does what test {test} asks for, {name}."))
                    else:
                        kind = rng.choice([None, f"mistake {task}.{test}.{rng.randrange(3)}"])
                        tests.append(replace(failed(f"test_{test}", kind), behaviour=f"task {task} does {test}, {name}."))
                tasks.append(TaskResult(f"task_{task}", TESTS * 0.5, tuple(tests)))
            most = TASKS * TESTS * 0.5
            yield Result(f"student.number.{number:04d}", name, "graded", tuple(tasks), most, duration_s=rng.random())


# ---- numbers

EARNED = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1.0]])


def test_difficulty_is_the_share_that_was_earned() -> None:
    assert [difficulty(EARNED[:, i], 1) for i in range(3)] == [1, 0.5, 0.5]
    assert difficulty(np.array([2.0, 4.0]), 4) == 0.75


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    total = EARNED.sum(axis=1)
    rest = list(total - EARNED[:, 1])
    assert discrimination(EARNED[:, 1], total) == pytest.approx(by_hand.correlation(list(EARNED[:, 1]), rest))
    assert discrimination(EARNED[:, 0], total) is None  # everybody has it
    assert discrimination(np.array([1.0, 1, 0, 0]), np.array([1.0, 1, 2, 2])) == pytest.approx(-1)


def test_alpha_is_cronbachs() -> None:
    variances = [by_hand.variance(list(EARNED[:, i])) for i in range(3)]
    expected = 3 / 2 * (1 - sum(variances) / by_hand.variance(list(EARNED.sum(axis=1))))
    assert cronbach_alpha(EARNED) == pytest.approx(expected)
    assert cronbach_alpha(np.ones((4, 3))) is None


def test_phi_is_1_for_marks_that_always_come_together() -> None:
    marks = np.array([True, True, False, False])
    assert phi(marks, marks) == pytest.approx(1)
    assert phi(marks, ~marks) == pytest.approx(-1)
    assert phi(marks, np.ones(4, dtype=bool)) == 0


def test_quartiles() -> None:
    assert quartiles(np.arange(5.0)) == (1, 2, 3)


CLASS = [
    result("ada", passed("test_a", 2), passed("test_b", 4)),
    result("bob", passed("test_a", 2), failed("test_b")),
    result("cleo", passed("test_a", 2), failed("test_b")),
    result("dora", passed("test_a", 2), failed("test_b", None)),
    result("emil", TestResult("test_a", outcome="load_error"), TestResult("test_b"), verdict="load_error"),
    replace(result("fay", failed("test_a"), failed("test_b")), verdict="grader_error"),
    replace(result("gil"), tasks=(TaskResult("rnn_cell_step", 6.0, (failed("test_a"), failed("test_b")), not_started=True),)),
]


def test_the_rows_of_a_small_class() -> None:
    data = ClassData.of_results(CLASS[:5] + CLASS[6:])
    row = assignment_row(data.assignments["01_rnn_cell"])
    assert (row.handed_in, row.analysed, row.full_marks, row.not_started) == (6, 4, 1, 1)
    assert dict(row.verdicts) == {"graded": 5, "load_error": 1}
    first, second = row.tests
    assert (first.difficulty, first.warning) == (1, "everybody passes: the test does not discriminate")
    assert second.difficulty == 0.25
    assert row.tasks[0].difficulty == 0.5


def test_who_made_a_mistake_and_how_common_it_is() -> None:
    data = ClassData.of_results(CLASS[:4])
    (row,) = mistake_rows(data)
    assert (row.name, row.who, row.share, row.where) == ("bias_hh left out", ("bob", "cleo"), 0.5, "01_rnn_cell rnn_cell_step")
    (topic,) = topics([row], data, [assignment_row(part) for part in data.assignments.values()])
    assert (topic.title, topic.count, topic.share) == ("bias_hh left out", 2, 0.5)


def test_two_mistakes_made_together_count_as_each_of_them() -> None:
    both = replace(failed("test_b", "tanh left out + bias_hh left out"), advice="Put the tanh in.\nAdd bias_hh.")
    three = replace(failed("test_b", "one + two + three"), advice="One text for all.")
    rows = mistake_rows(ClassData.of_results([*CLASS[:3], result("eve", both), result("flo", three)]))
    assert [(row.name, row.who, row.advice) for row in rows][:2] == [
        ("bias_hh left out", ("bob", "cleo", "eve"), CLASS[1].tasks[0].tests[1].advice),
        ("one", ("flo",), "One text for all."),
    ]
    assert ("tanh left out", ("eve",), "Put the tanh in.") in [(row.name, row.who, row.advice) for row in rows]
    assert len(rows) == 5


def test_a_hard_test_without_a_known_mistake_is_a_topic() -> None:
    found = [result(name, failed("test_a", None)) for name in "abc"]
    data = ClassData.of_results(found)
    (topic,) = topics([], data, [assignment_row(part) for part in data.assignments.values()])
    assert (topic.title, topic.count, topic.text[:22]) == ("test_a holds.", 3, "No known mistake expla")


def test_mistakes_that_come_together() -> None:
    both = [result(f"s{i}", failed("test_a", "one"), failed("test_b", "two")) for i in range(4)]
    neither = [result(f"t{i}", passed("test_a", 1), failed("test_b", "three")) for i in range(4)]
    rows = pair_rows(ClassData.of_results(both + neither))
    assert [(row.first, row.second, row.together) for row in rows] == [("one", "two", 4)]
    assert rows[0].phi == pytest.approx(1)


def test_a_negative_discrimination_is_a_warning() -> None:
    strong = [result(f"s{i}", failed("test_a", None), passed("test_b", 2), passed("test_c", i % 2)) for i in range(4)]
    weak = [result(f"w{i}", passed("test_a", 1), failed("test_b", None), passed("test_c", i % 2)) for i in range(4)]
    row = assignment_row(ClassData.of_results(strong + weak).assignments["01_rnn_cell"])
    assert row.tests[0].warning.startswith("negative")
    page = BeautifulSoup(class_report(strong + weak), "html.parser")
    assert "test_a" in page.find(id="tests").find_next("ul").get_text()


# ---- the page


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return BeautifulSoup(class_report(random_class(30)), "html.parser")


def test_nothing_is_fetched_and_nothing_runs(page: BeautifulSoup) -> None:
    assert not page.find_all(["script", "link", "img", "iframe", "object"])
    attributes = [item for tag in page.find_all(True) for item in tag.attrs.items()]
    assert not [key for key, _ in attributes if key.startswith("on") or key == "src"]
    assert all(value.startswith("#") for key, value in attributes if key.endswith("href"))
    assert "default-src 'none'" in page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]


def test_every_link_leads_somewhere_and_every_id_is_there_once(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {a["href"].removeprefix("#") for a in page.find_all("a")} <= set(ids)


def test_the_plots_have_a_text_and_the_colours_of_the_page(page: BeautifulSoup) -> None:
    plots = page.find_all("svg")
    assert len(plots) == 2 + 2 * len(NAMES)
    assert all(plot["role"] == "img" and len(plot["aria-label"]) > 20 for plot in plots)
    assert all("var(--accent)" in str(plot) and "#0102" not in str(plot) for plot in plots)


def test_what_to_teach_again_stands_on_top(page: BeautifulSoup) -> None:
    assert page.h2.get_text() == "What to re-teach on Monday"
    assert page.h2.find_next("h3").get_text().startswith(("mistake", "task"))


def test_every_student_has_a_row(page: BeautifulSoup) -> None:
    rows = page.find(id="students").find_next("tbody").find_all("tr")
    assert len(rows) == 30
    assert all(len(row.find_all("td")) == len(NAMES) + 1 for row in rows)


def test_similar_submissions_are_called_a_hint() -> None:
    text = class_report(CLASS, [Group("01_rnn_cell", ("ada", "bob"), 0.9, "x = <b>")])
    section = BeautifulSoup(text, "html.parser").find(id="similar")
    assert section.find_next("p").get_text().startswith("A hint, not a finding.")
    group = section.find_next("li").get_text()
    assert group == "01_rnn_cell: ada, bob (similarity 0.90; in common, for example: x = <b>)"
    assert 'id="similar"' not in class_report(CLASS)


def test_the_anonymous_report_names_nobody() -> None:
    text = class_report(anonymous(list(random_class(5))))
    assert "student.number" not in text
    assert "student 003" in text


@pytest.mark.parametrize("results", [CLASS[:1], CLASS[4:5], CLASS[5:6], CLASS[6:]], ids=["one", "load error", "ours", "stubs"])
def test_a_class_that_is_hardly_one(results: list[Result]) -> None:
    assert "What to re-teach" in class_report(results)


def test_500_students_in_six_assignments_fit_in_a_megabyte() -> None:
    results = list(random_class(500))
    start = time.process_time()
    text = class_report(results)
    assert time.process_time() - start < 12  # 2 s on an idle machine
    assert len(text.encode()) < 1_000_000


def alike(*students: str) -> list[Result]:
    return [result(student, passed("test_a", 2), failed("test_b")) for student in students]


ODD_CLASSES = {
    "nobody": [],
    "one student": alike("ada"),
    "the same score for all": alike("ada", "bob", "cleo", "dora"),
    "zeros for all": [result(student, failed("test_a", None)) for student in ("ada", "bob", "cleo")],
    "nobody has a score": [replace(r, verdict="rejected_input", message="empty") for r in alike("ada", "bob")],
    "a task without tests": [
        replace(r, tasks=(*r.tasks, TaskResult("never_run", 2.0))) for r in alike("ada", "bob", "cleo", "dora")
    ],
    "no points at all": [replace(r, max_score=0.0) for r in alike("ada", "bob")],
}


@pytest.mark.parametrize("results", ODD_CLASSES.values(), ids=ODD_CLASSES.keys())
def test_an_odd_class_has_a_report(results: list[Result]) -> None:
    page = BeautifulSoup(class_report(results), "html.parser")
    assert page.find(id="reteach") is not None
    assert len(page.find_all("h2")) >= 5
