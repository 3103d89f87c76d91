"""The only code that shares a process with a student.

Everything in this folder is exposed to submissions, so it holds no secret and imports nothing of ours but `protocol`.
It is imported under two names: as ``exposed.child`` by the zygote, which sees only these two folders, and as
``autograder.child`` by the judge. Hence only relative imports here.
"""
