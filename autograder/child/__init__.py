"""The only code that shares a process with a student's code.

Submissions can read everything in this folder, so it holds no secret and imports nothing of ours but `protocol`.
It is imported under two names: as ``exposed.child`` by the zygote, which sees only these two folders, and as
``autograder.child`` by the judge. Therefore it uses only relative imports.
"""
