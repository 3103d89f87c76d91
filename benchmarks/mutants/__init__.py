"""Mutation testing of the graders: small automatic changes to the solutions, graded. Run: python -m benchmarks.mutants"""
