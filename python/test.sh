#!/usr/bin/env bash
# The Python package and the C interface: lints, builds, tests, Spark on two executors included. Needs
# Rust; Python 3.10 or newer, and Java 17 for Spark, are used where they are. Installs its packages into
# target/python-venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() {
  printf '\n== %s\n' "$1"
}

# The first Python that is new enough.
python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
}

# One folder for all three workspaces: the crates that they share are compiled once.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"

step 'C: formatting, lints, tests'
if command -v "${CC:-cc}" >/dev/null; then
  (cd c && cargo fmt --check && cargo clippy --all-targets --locked -- -D warnings && cargo test --locked)
else
  echo 'skipped: no C compiler'
fi

python=$(python)
if [ -z "$python" ]; then
  step 'Python'
  echo 'skipped: no Python 3.10 or newer with venv'
  exit 0
fi

step 'Python: formatting and lints of the extension module'
export PYO3_PYTHON="$python"
(cd python && cargo fmt --check && cargo clippy --release --locked -- -D warnings)

step 'Python: pip install'
venv=$PWD/target/python-venv
"$python" -m venv "$venv"
"$venv/bin/pip" install --quiet --upgrade pip
"$venv/bin/pip" install ./python
"$venv/bin/python" -m saring --version
# The engines that it works with, for their tests.
"$venv/bin/pip" install --quiet './python[test]' || echo 'skipped: not all packages for the tests could be installed'
"$venv/bin/pip" install --quiet pytest mypy

step 'Python: types'
"$venv/bin/mypy" --ignore-missing-imports python/saring

step 'Python: tests'
command -v java >/dev/null || echo 'skipped: Spark, because there is no Java'
"$venv/bin/pytest" python/tests -p no:cacheprovider -q -rs --durations 5
