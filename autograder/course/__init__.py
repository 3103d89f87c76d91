"""The course: its assignments and tasks, and how its trees are built."""

from .assignment import Assignment, Course, CourseError, Task

__all__ = ["Assignment", "Course", "CourseError", "Task"]
