# What the scripts of this folder **install** what they compare with by; sourced by them.

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# apt_install PACKAGE...
apt_install() {
    command -v apt-get >/dev/null || die "install $* first: there is no apt-get"
    local become=()
    if [[ $EUID -ne 0 ]]; then
        become=(sudo)
    fi
    "${become[@]}" apt-get update --quiet=2 >&2
    "${become[@]}" apt-get install --yes --quiet=2 "$@" >&2
}

# make_venv FOLDER REQUIREMENT...: leaves a Python with these packages.
make_venv() {
    local venv=$1
    shift
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
    if [[ ! -x $venv/bin/python ]]; then
        python3 -m venv "$venv"
    fi
    "$venv/bin/python" -m pip install --quiet "$@"
}
