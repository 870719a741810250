#!/bin/sh
# A kubectl for the tests, new enough for the manifests of deploy/ (kustomize 5): one in PATH, or Debian's, unpacked.
# usage: kubectl.sh --path       prints the program's path
#        kubectl.sh --install    unpacks one into the cache folder where PATH has none that is new enough
#        kubectl.sh --check      exit code 0: there is one; 1: there is none, and why
# Debian 12's own is 1.20, whose kustomize is 2.0. No cluster is needed or touched.
set -eu

# shellcheck source=test/support/newer-suite.sh
. "$(dirname "$0")/newer-suite.sh"

oldest=27
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sightline/kubectl
unpacked=$cache/bin/kubectl

# Is $1 a kubectl of 1.$oldest or later that runs on this machine?
is_new_enough() {
  minor=$("$1" version --client --output=json 2>/dev/null | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' | head -n 1)
  [ -n "$minor" ] && [ "$minor" -ge "$oldest" ]
}

find_kubectl() {
  in_path=$(command -v kubectl || true)
  for candidate in "$in_path" "$unpacked"; do
    if [ -n "$candidate" ] && [ -x "$candidate" ] && is_new_enough "$candidate"; then
      echo "$candidate"
      return 0
    fi
  done
  echo "Expected a kubectl of 1.$oldest or later in PATH or $cache, got none: $0 --install" >&2
  return 1
}

install() {
  ! find_kubectl >/dev/null 2>&1 || return 0
  mkdir -p "$cache/bin"
  # Two runs at once must not unpack into one folder: each builds its own, and a rename puts it in place.
  work=$(mktemp -d -p "$cache")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  unpack_newer "$work" kubectl
  mv "$work/files/usr/bin/kubectl" "$unpacked"
  find_kubectl >/dev/null
}

case ${1:-} in
  --install) install ;;
  --check) find_kubectl >/dev/null ;;
  --path) find_kubectl ;;
  *) sed -n '3,5s/^# //p' "$0" >&2; exit 2 ;;
esac
