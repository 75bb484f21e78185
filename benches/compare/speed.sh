#!/usr/bin/env bash
# Makes large inputs, runs saring and its rivals on them in turn, and prints medians, ratios, MB/s
# and peak memory. What is compared, and how: benches/compare/README.md.
#
# Usage: benches/compare/speed.sh [PART...]
#
#   PART   predict   saring, fastText and wc -w on the same text, one thread each
#          threads   one thread against two, outputs compared
#          memory    peak memory at two sizes, and of one long page
#          page      one page of 5 kB
#          solver    the solver against liblinear and scikit-learn on one matrix
#          train     files to model against fastText
#          folds     the same with the default folds, saring alone
#   Without PART: all but folds.
#
#   SARING=path        uses that binary and builds none; SOLVER=path the same for the solver's example
#   SMALL=100000000    bytes of the text (predict, threads, memory)
#   LARGE=1000000000   bytes of the large text (memory)
#   LONG=10000000      lines of the long page (memory)
#   LINES=1000000      labelled lines (solver, train, folds)
#   RUNS=5             runs of each command
#   L2=1               strength of the solvers' penalty
#   CAP=1800           seconds that a rival solver may take; liblinear, those of a fit after which none follows
#   RIVALS='liblinear scikit-learn'   whom the solver is compared with
set -euo pipefail

readonly LIBLINEAR=2.50.0 SCIKIT_LEARN=1.9.1

source "$(dirname "${BASH_SOURCE[0]}")/install.sh"

# Leaves a Python with the solvers in $work/venv.
prepare_solvers() {
    make_venv "$work/venv" "liblinear-official==$LIBLINEAR" "scikit-learn==$SCIKIT_LEARN"
}

# make WHAT SOURCE SIZE NAME: makes an input once.
make() {
    if [[ ! -e $inputs/$4.made ]]; then
        echo "== $4" >&2
        python3 -B "$here/large.py" "$1" "$2" "$3" "$inputs/$4"
        touch "$inputs/$4.made"
    fi
}

# measure PART ARGUMENT...
measure() {
    RUNS=$runs python3 -B "$here/speed.py" "$@"
}

prepare_text() {
    make text "$text" "$small" "text-$small"
}

part_predict() {
    prepare_text
    make train "$labelled" 100000 train-100000
    if [[ ! -e $inputs/tokens-$small.txt ]]; then
        python3 -B "$here/large.py" tokens "$inputs/text-$small.txt" "$inputs/tokens-$small.txt"
    fi
    if [[ ! -e $inputs/rival.bin ]]; then
        fasttext supervised -input "$inputs/train-100000.fasttext" -output "$inputs/rival" \
            -dim 32 -wordNgrams 2 -epoch 5 -thread 1 >&2
    fi
    measure predict "$saring" "$inputs/text-$small" "$inputs/tokens-$small.txt" "$inputs/rival.bin"
}

part_threads() {
    prepare_text
    measure threads "$saring" "$inputs/text-$small"
}

part_memory() {
    prepare_text
    make text "$text" "$large" "text-$large"
    make page "$text" "$long" "page-$long"
    measure memory "$saring" "$inputs/text-$small" "$inputs/text-$large" "$inputs/page-$long"
}

part_page() {
    make small "$text" 5000 page-5kB
    RUNS=20 python3 -B "$here/speed.py" page "$saring" "$inputs/page-5kB"
}

part_solver() {
    make train "$labelled" "$lines" "train-$lines"
    prepare_solvers
    local matrix=$inputs/matrix-$lines
    if [[ ! -e $matrix.made ]]; then
        "$solver" export "$inputs/train-$lines.jsonl" "$matrix"
        touch "$matrix.made"
    fi
    "$work/venv/bin/python" -B "$here/solvers.py" "$solver" "$matrix" "${L2:-1}" "${CAP:-1800}" "$runs" \
        ${RIVALS:-liblinear scikit-learn}
}

part_train() {
    make train "$labelled" "$lines" "train-$lines"
    measure train "$saring" "$inputs/train-$lines"
}

part_folds() {
    make train "$labelled" "$lines" "train-$lines"
    RUNS=1 python3 -B "$here/speed.py" folds "$saring" "$inputs/train-$lines"
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
readonly here root work=$root/target/compare
readonly inputs=$work/speed
readonly small=${SMALL:-100000000} large=${LARGE:-1000000000} long=${LONG:-10000000}
readonly lines=${LINES:-1000000} runs=${RUNS:-5}

text=$root/data labelled=$root/data/train
if [[ -d $root/../shared/corpus/crawl ]]; then
    text=$root/../shared/corpus/crawl
fi
if [[ -d $root/../shared/corpus/train ]]; then
    labelled=$root/../shared/corpus/train
fi

parts=("$@")
if [[ $# -eq 0 ]]; then
    parts=(predict threads memory page solver train)
fi
for part in "${parts[@]}"; do
    declare -F "part_$part" >/dev/null || die "no part $part: predict, threads, memory, page, solver, train, folds"
done

mkdir -p "$inputs"
command -v fasttext >/dev/null || apt_install fasttext
built=${CARGO_TARGET_DIR:-$root/target}/release
if [[ -z ${SARING:-} ]]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
fi
saring=${SARING:-$built/saring}
if [[ " ${parts[*]} " == *" solver "* && -z ${SOLVER:-} ]]; then
    cargo build --release --locked --example solver --manifest-path "$root/Cargo.toml"
fi
solver=${SOLVER:-$built/examples/solver}
for part in "${parts[@]}"; do
    "part_$part"
done
