#!/usr/bin/env bash
# install.sh PYTHON SOURCE VENV: modelguard in an environment of its own, each dependency at the version and hash of
# action.txt beside this file.
set -euo pipefail
python=$1 source=$2 venv=$3
"$python" -m venv "$venv"
quiet=(--quiet --disable-pip-version-check --no-input)
"$venv/bin/python" -m pip install "${quiet[@]}" --require-hashes --no-deps --requirement "$source/requirements/action.txt"
"$venv/bin/python" -m pip install "${quiet[@]}" --no-deps --no-build-isolation "$source"
