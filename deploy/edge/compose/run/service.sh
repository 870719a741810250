# shellcheck shell=bash disable=SC2154
# The systemd unit. Part of run.sh.

UNIT=/etc/systemd/system/sightline.service

# Docker starts the containers at boot; the unit tries again where it could not, as when a camera was not plugged in yet.
install_service() {
  [ -d /run/systemd/system ] || return 0
  write_unit >"$UNIT"
  chmod 644 "$UNIT"
  systemctl daemon-reload
  systemctl enable sightline.service >&2
  systemctl start sightline.service
}

# Line by line, since a path may hold what sed would read.
write_unit() {
  local line
  while IFS= read -r line; do
    line=${line//@RUN@/"$(in_unit "$here/run.sh")"}
    printf '%s\n' "${line//@STATE@/"$(in_unit "$STATE")"}"
  done <"$here/sightline.service"
}

# Between the double quotes of a unit: \ and " are its own, and % begins a name of systemd's.
in_unit() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf %s "${text//%/%%}"
}

remove_service() {
  [ -d /run/systemd/system ] && [ -e "$UNIT" ] || return 0
  systemctl disable sightline.service >&2
  rm -f "$UNIT"
  systemctl daemon-reload
}
