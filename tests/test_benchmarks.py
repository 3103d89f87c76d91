"""The class that `python -m benchmarks.speed` grades can be made from the current corpus."""

from __future__ import annotations

from autograder.course import Course
from benchmarks.speed.sample import sample


def test_no_two_of_a_class_are_alike_and_six_of_ten_are_right() -> None:
    members = sample(Course()["04_embedding"], 50)
    assert len({member.module for member in members}) == 50
    assert sum(member.right for member in members) == 30
    assert not any("exit()" in member.module for member in members)  # which no other tool survives
