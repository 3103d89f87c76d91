"""The only code that shares a process with a student.

Everything in this folder is exposed to submissions, so it holds no secret and imports nothing else of ours.
It is imported under two names: as ``child`` by the zygote, which sees nothing but this folder, and as
``autograder.sandbox.child`` by the judge. Hence only relative imports here.
"""
