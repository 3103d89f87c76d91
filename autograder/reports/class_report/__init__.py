"""The report on a class: one HTML file that says what to teach again, and why."""

from .page import class_report

__all__ = ["class_report"]
