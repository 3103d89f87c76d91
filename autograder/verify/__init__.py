"""The rules that the course keeps. The top floor: it may import everything, and only the command line imports it."""
