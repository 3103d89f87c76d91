#!/usr/bin/env bash
# Grade one submission in a CI job: grade.sh SUBMISSION ASSIGNMENT [RESULTS]
#
# Runs in the course's own checkout, never in the student's. Writes RESULTS/result.json, a JUnit file and a readable summary, and prints
# annotations in which nothing of the submission is a command to the log. Exit status: that of `autograder grade`, so 0 is
# full marks, 1 is marks missing, 2 is our fault and no score.
set -uo pipefail
course=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
submission=${1:?usage: grade.sh SUBMISSION ASSIGNMENT [RESULTS]}
assignment=${2:?usage: grade.sh SUBMISSION ASSIGNMENT [RESULTS]}
results=${3:-results}
autograder=$course/.venv/bin/autograder
mkdir -p "$results" || exit 2

"$autograder" grade "$submission" --assignment "$assignment" --student "${STUDENT:-$(basename "$submission")}" --format json \
  >"$results/result.json"
status=$?
[ -s "$results/result.json" ] || exit 2
"$autograder" report "$results/result.json" --format junit --output "$results/junit.xml" || exit 2
"$autograder" report "$results/result.json" --format text --output "$results/summary.txt" || exit 2
"$autograder" report "$results/result.json" --format github || exit 2
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  { printf '~~~~text\n'; cat "$results/summary.txt"; printf '~~~~\n'; } >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
