#!/bin/sh
# Runs Mosquitto as one of our two brokers and keeps its certificates, passwords and access rules up to date.
# For the shells of Alpine (busybox) and Debian (dash). See --help.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
run=${SIGHTLINE_BROKER_RUN:-/tmp/sightline-broker}
check_seconds=${SIGHTLINE_BROKER_CHECK_SECONDS:-10}
prefix=${SIGHTLINE_TOPIC_PREFIX:-face_detection}

usage() {
  cat <<'TEXT'
Usage: entrypoint.sh edge|cloud         run the broker
       entrypoint.sh check edge|cloud   only try whether it could run: exit code 0, or 2 and why; for a container beside
       entrypoint.sh health             exit code 0 when it listens

  edge    plain MQTT with a user and a password for each service; users are the files in /mosquitto/passwords
  cloud   TLS with client certificates; ca.crt, tls.crt and tls.key in /mosquitto/tls, a revocation list in
          /mosquitto/crl/ca.crl where there is one

Runs as an ordinary user (1883 in the container). Every 10 s it looks for changed files and takes them: access rules,
passwords and the server's certificate while everybody stays connected; a new CA or revocation list by starting Mosquitto
again, so that who was let in before is asked again. What does not work is told, and the old stays.
Exit code 2: it can't be started like this; the reason is on standard error. Otherwise that of Mosquitto.

Environment:
  SIGHTLINE_TOPIC_PREFIX          first level of all topics (face_detection)
  SIGHTLINE_BROKER_PORT           port inside the container (edge: 1883, cloud: 8883)
  SIGHTLINE_BROKER_HOST           address to listen on (all)
  SIGHTLINE_BROKER_CHECK_SECONDS  how often to look for changed files (10)
  SIGHTLINE_BROKER_ROOT           where tls, crl, passwords, local and data are (/mosquitto)
  SIGHTLINE_BROKER_RUN            private folder in memory for the files in use (/tmp/sightline-broker)
TEXT
}

say() { echo "sightline-broker: $*" >&2; }

# What Mosquitto gets at the start must work: nothing runs otherwise.
refuse() {
  say "$1"
  exit 2
}

only_check=
[ "${1:-}" != check ] || {
  only_check=yes
  shift
}
side=${1:-}
case $side in
  edge | cloud) ;;
  health)
    # Asked of the kernel: a connection would be a line in the log, and needs a certificate.
    grep -qiE "^ *[0-9]+: [0-9A-F]+:$(cat "$run/port-in-hex") [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null
    exit
    ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
if [ "$side" = edge ]; then port=1883; else port=8883; fi
port=${SIGHTLINE_BROKER_PORT:-$port}

[ "$(id -u)" != 0 ] || refuse 'Expected to run as an ordinary user, got root: --user 1883:1883, or runAsUser: 1883'
case $prefix in
  '' | /* | */ | *//* | *[!A-Za-z0-9_./-]*) refuse "SIGHTLINE_TOPIC_PREFIX: Expected a topic of letters, digits and _ . -, with / between them, got '$prefix'" ;;
esac
for number in "$port" "$check_seconds"; do
  case $number in
    '' | 0 | *[!0-9]*) refuse "Expected a whole number of SIGHTLINE_BROKER_PORT and SIGHTLINE_BROKER_CHECK_SECONDS, got '$number'" ;;
  esac
done
# The copy of the key and the passwords are nobody else's business.
umask 077
mkdir -p "$run" 2>/dev/null || refuse "Expected a folder that can be written at $run: give the container a tmpfs on /tmp"

# shellcheck source=/dev/null
. "$here/snapshot.sh"
# shellcheck source=/dev/null
. "$here/kept.sh"

# Looks every few seconds whether a file has changed. Mosquitto itself only ever sees a set of files that was tried.
watch_files() {
  trap 'kill "$nap" 2>/dev/null; exit 0' TERM
  seen=$1
  told=
  while :; do
    sleep "$check_seconds" &
    nap=$!
    wait "$nap" || true
    now=$(fingerprint)
    [ "$now" != "$seen" ] || continue
    fault=$(make_snapshot && try_snapshot) || {
      # Half written, perhaps. Tried again each time, told once: a revocation must not be lost to a moment without memory.
      [ "$told" = "$now" ] || say "changed files can't be used, the former ones stay in use: $fault"
      told=$now
      continue
    }
    # Written to while it was copied: what was copied may be half of it.
    [ "$(fingerprint)" = "$now" ] || continue
    seen=$now
    case $(needed_for_snapshot) in
      restart)
        take_snapshot
        say 'CA, revocation list or configuration changed: Mosquitto starts again'
        : >"$run/again"
        kill -TERM "$(cat "$run/pid")" || true
        ;;
      reload)
        take_snapshot
        say 'certificate, passwords or access rules changed: Mosquitto reads them again'
        kill -HUP "$(cat "$run/pid")" || true
        ;;
    esac
  done
}

# As a function, so that all of this is read before any of it runs: the folder may be updated meanwhile.
main() {
  [ -z "$only_check" ] || {
    fault=$(make_snapshot && try_snapshot) || refuse "$fault"
    exit 0
  }
  printf '%04X' "$port" >"$run/port-in-hex"
  rm -rf "$run/again" "$run/live"
  first=$(fingerprint)
  fault=$(make_snapshot && try_snapshot) || refuse "$fault"
  take_snapshot

  mosquitto=
  watcher=
  stopping=
  code=0
  trap 'stopping=yes; kill -TERM "$mosquitto" "$watcher" 2>/dev/null || true' TERM INT
  watch_files "$first" &
  watcher=$!
  while [ -z "$stopping" ]; do
    mosquitto -c "$run/live/mosquitto.conf" &
    mosquitto=$!
    echo "$mosquitto" >"$run/pid"
    code=0
    wait "$mosquitto" || code=$?
    if [ -n "$stopping" ]; then
      # That wait was ended by the signal; this one has Mosquitto's own answer.
      last=0
      wait "$mosquitto" || last=$?
      [ "$last" = 127 ] || code=$last
    fi
    # It ended by itself: whoever started this starts it again, and sees the reason.
    [ -n "$stopping" ] || [ -e "$run/again" ] || try_without_kept "$code" || break
    rm -f "$run/again"
  done
  kill -TERM "$watcher" 2>/dev/null || true
  exit "$code"
}

main
