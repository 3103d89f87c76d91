"""Grader strength: the small mistakes that a machine can make in a solution, graded. Run: python -m benchmarks.mutants"""
