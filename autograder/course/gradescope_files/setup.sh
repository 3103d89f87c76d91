#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: Python, the libraries, and what this image offers for protection.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
course=$root/source/course

usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11, 2))' 2>/dev/null; }
find_python() {
  for name in python3.13 python3.12 python3.11 python3; do
    if usable "$name"; then command -v "$name"; return; fi
  done
  return 1
}

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -qy --no-install-recommends libseccomp2
  if ! find_python >/dev/null; then # Ubuntu 22.04 has 3.10
    apt-get install -qy --no-install-recommends python3.12 python3.12-venv || {
      apt-get install -qy --no-install-recommends software-properties-common
      add-apt-repository -y ppa:deadsnakes/ppa
      apt-get install -qy --no-install-recommends python3.12 python3.12-venv
    }
  fi
fi
python=$(find_python) || { echo "setup.sh: no Python 3.11.2 or newer was found. Choose a newer base image." >&2; exit 1; }

"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --quiet --no-cache-dir --requirement "$root/source/requirements.txt" \
  --constraint "$root/source/constraints.txt"
chmod -R go= "$course/solutions" "$course/autograder/graders" # besides the sandbox: a submission runs under a uid of its own
cd /
PYTHONPATH=$course "$root/venv/bin/python" -sP -m autograder doctor ||
  echo "setup.sh: where submissions run as here, none is graded: each gets no score, and says why." >&2
