"""What the course is, how its trees are built, and how they are verified."""

from .model import Assignment, Course, CourseError, Task

__all__ = ["Assignment", "Course", "CourseError", "Task"]
