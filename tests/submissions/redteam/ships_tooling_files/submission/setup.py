open('/tmp/autograder-redteam/touched', 'w')
