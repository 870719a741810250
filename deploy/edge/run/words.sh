# shellcheck shell=bash
# How both run.sh of a device speak: results go to standard output, everything else to standard error.

say() { printf '%s\n' "$*" >&2; }

# fail MESSAGE [HINT…]: what was expected and what came instead, then what to do. 2, as of all that can't be used.
fail() { end_with 2 "$@"; }

end_with() {
  local code=$1
  say "run.sh: $2"
  shift 2
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit "$code"
}
