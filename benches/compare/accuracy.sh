#!/usr/bin/env bash
# Trains fastText, scikit-learn and saring on the same pages, scores them and two rules on the same
# other pages, and prints one table. What is compared, and how: benches/compare/README.md.
#
# Usage: benches/compare/accuracy.sh [TRAIN TEST [SECONDS]]
#
#   TRAIN    folder of labelled .tsv pages, a folder a site (../shared/corpus/train if it is there,
#            else data/train)
#   TEST     the same of other sites (../shared/corpus/dev, else data/heldout)
#   SECONDS  how long fastText may tune itself (300)
#
#   SARING=path    uses that binary and builds none
set -euo pipefail

readonly SCIKIT_LEARN=1.9.1

source "$(dirname "${BASH_SOURCE[0]}")/install.sh"

# Leaves a Python with scikit-learn in $work/venv.
prepare_python() {
    make_venv "$work/venv" "scikit-learn==$SCIKIT_LEARN"
}

# step PROGRAM ARGUMENT...: runs one of the programs beside this script.
step() {
    local program=$1
    shift
    echo "== $program" >&2
    "$work/venv/bin/python" -B "$here/$program" "$@"
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root work=$root/target/compare

if [[ $# -eq 1 || $# -gt 3 ]]; then
    die "usage: accuracy.sh [TRAIN TEST [SECONDS]]"
fi
if [[ $# -ge 2 ]]; then
    train=$1 test=$2
elif [[ -d $root/../shared/corpus/train && -d $root/../shared/corpus/dev ]]; then
    train=$root/../shared/corpus/train test=$root/../shared/corpus/dev
else
    train=$root/data/train test=$root/data/heldout
fi
seconds=${3:-300}
for folder in "$train" "$test"; do
    [[ -d $folder ]] || die "$folder is no folder"
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "SECONDS is a whole number of seconds, not $seconds"

mkdir -p "$work"
prepare_python
command -v fasttext >/dev/null || apt_install fasttext
if [[ -z ${SARING:-} ]]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    SARING=${CARGO_TARGET_DIR:-$root/target}/release/saring
fi

results=$work/results
rm -rf "$results"
step rules.py "$test" "$results"
step with_fasttext.py "$train" "$test" "$results" "$seconds"
step with_scikit_learn.py "$train" "$test" "$results"
step with_saring.py "$train" "$test" "$results" "$SARING"
echo "trained on $train, tested on $test:"
step score.py "$results"
