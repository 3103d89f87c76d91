"""The rules of the course. This package may import all others, and only the command line imports it."""
