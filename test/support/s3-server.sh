#!/bin/sh
# An S3 server for the tests: moto 5, run beside the machine's own Python. Debian and Ubuntu; apt, but no root.
# usage: s3-server.sh PORT       serves http://127.0.0.1:PORT until SIGINT or SIGTERM; any credentials will do
#        s3-server.sh --install  unpacks moto into the cache folder; needs the packages that --check names
#        s3-server.sh --check    exit code 0: PORT would work; 1: it would not, and why
# Conditional puts behave as on S3 (412; one winner of a race). Nothing is kept on disk. Signatures are not checked
# unless INITIAL_NO_AUTH_ACTION_COUNT=0 is in the environment.
set -eu

# shellcheck source=test/support/newer-suite.sh
. "$(dirname "$0")/newer-suite.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/sightline/s3-server
moto=$cache/moto5
python=/usr/bin/python3
modules=/usr/lib/python3/dist-packages
# What moto imports of the machine's own.
needed='flask boto3 cryptography xmltodict jinja2 requests yaml dateutil'
# Of which only the newer suites have a fitting version; they are pure Python, so any Python 3 from 3.9 on runs them.
unpacked='python3-moto python3-responses python3-flask-cors'
# For S3 Select alone, and not in every suite.
optional='python3-py-partiql-parser'

missing_modules() {
  for name in $needed; do
    [ -e "$modules/$name" ] || [ -e "$modules/$name.py" ] || printf 'python3-%s ' "$name"
  done
}

check() {
  [ -x "$python" ] || { echo "Expected $python, got none: apt-get install python3" >&2; return 1; }
  missing=$(missing_modules)
  [ -z "$missing" ] || { echo "Missing for the S3 server: apt-get install $missing" >&2; return 1; }
  [ -e "$moto/ready" ] || { echo "The S3 server is not unpacked yet: $0 --install" >&2; return 1; }
}

install() {
  [ ! -e "$moto/ready" ] || return 0
  missing=$(missing_modules)
  [ -z "$missing" ] || { echo "Missing for the S3 server: apt-get install $missing" >&2; return 1; }
  mkdir -p "$cache"
  # Two runs at once must not unpack into one folder: each builds its own, the first rename wins.
  work=$(mktemp -d -p "$cache")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  unpack_newer "$work" "$unpacked" "$optional"
  mkdir "$work/moto5"
  cp -r "$work/files$modules/." "$work/moto5"
  touch "$work/moto5/ready"
  mv -T "$work/moto5" "$moto" 2>/dev/null || [ -e "$moto/ready" ]
}

case ${1:-} in
  --install) install ;;
  --check) check ;;
  '' | *[!0-9]*) sed -n '3,5s/^# //p' "$0" >&2; exit 2 ;;
  *)
    check
    PYTHONPATH=$moto PYTHONDONTWRITEBYTECODE=1 exec "$python" -c \
      'import sys; from moto.server import main; main(sys.argv[1:])' -H 127.0.0.1 -p "$1" ;;
esac
