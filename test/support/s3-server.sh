#!/bin/sh
# An S3 server for the tests: moto 5, run beside the machine's own Python. Debian and Ubuntu; apt, but no root.
# usage: s3-server.sh PORT       serves http://127.0.0.1:PORT until SIGINT or SIGTERM; any credentials will do
#        s3-server.sh --install  unpacks moto into the cache folder; needs the packages that --check names
#        s3-server.sh --check    exit code 0: PORT would work; 1: it would not, and why
# Conditional puts behave as on S3 (412; one winner of a race). Nothing is kept on disk. Signatures are not checked
# unless INITIAL_NO_AUTH_ACTION_COUNT=0 is in the environment.
set -eu

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

# The suite that has moto 5 is fetched from the mirror that this machine's own apt uses, under the distribution's key.
write_source() {
  # shellcheck source=/dev/null
  . /etc/os-release
  case " $ID ${ID_LIKE:-} " in
    *' ubuntu '*) suite=resolute component=universe keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
                  codename=${UBUNTU_CODENAME:-$VERSION_CODENAME} ;;
    *' debian '*) suite=trixie component=main keyring=/usr/share/keyrings/debian-archive-keyring.gpg
                  codename=${DEBIAN_CODENAME:-$VERSION_CODENAME} ;;
    *) echo "Expected Debian or Ubuntu, got $ID" >&2; return 1 ;;
  esac
  # The targets of a stock machine: its own suite, not -security, not -updates, nobody else's.
  mirror=$(apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(CODENAME) $(REPO_URI)' 2>/dev/null |
    awk -v name="$codename" '$1 == "Packages" && $2 == "main" && ($3 == name || $4 == name && $3 !~ /-/) { print $5; exit }')
  [ -n "$mirror" ] || { echo "Expected a mirror of $codename in apt's sources, got none" >&2; return 1; }
  [ -e "$keyring" ] || { echo "Expected the archive's key in $keyring, got none" >&2; return 1; }
  echo "deb [signed-by=$keyring] $mirror $suite main $component" | sed 's/ main main$/ main/' > "$1"
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
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/debs" "$work/root"
  write_source "$work/sources.list"
  # apt's own sandbox user could not read a folder below somebody's home.
  apt() {
    apt-get -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null \
      -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives" \
      -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o APT::Get::List-Cleanup=false "$@"
  }
  apt update -qq
  (cd "$work/debs" && apt download -qq $unpacked && { apt download -qq $optional 2>/dev/null || true; })
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
  mkdir "$work/moto5"
  cp -r "$work/root$modules/." "$work/moto5"
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
