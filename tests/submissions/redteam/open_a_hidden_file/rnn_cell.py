text = open("/tmp/autograder-redteam/secret.txt").read()
raise RuntimeError(text)
