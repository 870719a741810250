# shellcheck shell=sh disable=SC2154
# What Mosquitto has kept on disk (sessions, retained messages), where just that keeps it from starting: more than memory_limit
# lets it read, or a damaged file. Part of entrypoint.sh, which sets: run root.

kept=$root/data/mosquitto.db
without_kept=

# try_without_kept CODE: whether to start once more after it has ended with CODE. What it kept is then beside, and no capture
# is lost by that: whoever sent one keeps it until it is stored.
try_without_kept() {
  { [ "$1" -gt 0 ] && [ "$1" -lt 128 ]; } || return 1
  if [ -n "$without_kept" ]; then
    # It was not that.
    [ -e "$kept" ] || mv "$kept.aside" "$kept"
    return 1
  fi
  [ -e "$kept" ] || return 1
  # Who has read it writes it at the end.
  [ -z "$(find "$kept" -newer "$run/pid")" ] || return 1
  mv -f "$kept" "$kept.aside" || return 1
  without_kept=yes
  say "Mosquitto ended before it began; trying without what it had kept, which is in $kept.aside now"
}
