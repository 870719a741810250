# shellcheck shell=bash
# How run.sh speaks: results go to standard output, everything else to standard error.

say() { printf '%s\n' "$*" >&2; }

# fail MESSAGE [HINT…]: what was expected and what came instead, then lines about what to do.
fail() { speak_of_failure 1 "$@"; }

# The same for arguments that can't be right.
fail_usage() { speak_of_failure 2 "$@" 'Options: run.sh --help'; }

speak_of_failure() {
  local code=$1 hint
  printf 'run.sh: %s\n' "$2" >&2
  shift 2
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit "$code"
}

# no_arguments_left COMMAND "$@"
no_arguments_left() {
  [ $# -le 1 ] || fail_usage "Expected nothing more after \`$1\`, got \"$2\"."
}
