# shellcheck shell=bash
# Certificates end. `renew` looks at those of broker, processors and operator; every start does, too, and a timer can.

TIMER=sightline-cloud-renew
UNITS=/etc/systemd/system

renew() {
  no_arguments_left "renew ${1:-}" "${@:2}"
  case ${1:-} in
    '') renew_machine "$RENEW_DAYS" ;;
    # However long theirs would last. The former stay valid until they end, unless `run.sh revoke SERIAL`.
    --all) renew_machine 100000 ;;
    --install-timer) install_timer ;;
    *) renew_device "$1" ;;
  esac
}

renew_machine() {
  RENEW_DAYS=$1
  begin_with_authority
  # The same names again.
  # shellcheck disable=SC2034 # read by certify_names
  mapfile -t PUBLIC_NAMES < <(names_in_certificate)
  certify_names
  ensure_processor_certificate
  if docker volume inspect "$OPERATOR_TLS_VOLUME" > /dev/null 2>&1; then ensure_operator_certificate; fi
  publish_revocations
  say 'the certificates of broker, processors and operator are good. Those of devices: run.sh fleet'
}

install_timer() {
  [ -d /run/systemd/system ] || fail 'Expected systemd on this machine, found none.' \
    "Let your own scheduler run this once a day: $HERE/run.sh renew"
  [ -w "$UNITS" ] || fail "Expected to be allowed to write to $UNITS, but this user is not." \
    "sudo $HERE/run.sh renew --install-timer"
  printf '[Unit]\nDescription=New certificates for the Sightline cloud before the old ones end\nAfter=docker.service\n
[Service]\nType=oneshot\nExecStart="%s/run.sh" renew\n' "$HERE" > "$UNITS/$TIMER.service"
  printf '[Unit]\nDescription=Daily look at the certificates of the Sightline cloud\n
[Timer]\nOnCalendar=daily\nRandomizedDelaySec=1h\nPersistent=true\n
[Install]\nWantedBy=timers.target\n' > "$UNITS/$TIMER.timer"
  systemctl daemon-reload
  systemctl enable --now --quiet "$TIMER.timer"
  say "looks once a day: systemctl list-timers $TIMER.timer"
}

remove_timer() {
  { [ -e "$UNITS/$TIMER.timer" ] && [ -w "$UNITS" ]; } || return 0
  systemctl disable --now --quiet "$TIMER.timer" || true
  rm -f "$UNITS/$TIMER.timer" "$UNITS/$TIMER.service"
  systemctl daemon-reload
}

# A line for status. No timer is no fault: another scheduler may do it. One that fails would be seen by nobody.
timer_state() {
  [ -e "$UNITS/$TIMER.timer" ] || return 0
  local fault=''
  if ! systemctl is-active --quiet "$TIMER.timer"; then
    fault="it does not run: systemctl status $TIMER.timer"
  elif systemctl is-failed --quiet "$TIMER.service"; then
    fault="it failed the last time: journalctl -u $TIMER.service"
  elif ! grep -qF "ExecStart=\"$HERE/run.sh\"" "$UNITS/$TIMER.service"; then
    fault="it runs another clone's run.sh, which may be gone: sudo $HERE/run.sh renew --install-timer"
  fi
  printf '%-30s %s\n' "$TIMER.timer" "${fault:-looks once a day}"
  [ -z "$fault" ]
}

timer_hint() {
  [ -e "$UNITS/$TIMER.timer" ] || printf '  once a day           %s/run.sh renew   (a timer for it: sudo … renew --install-timer)\n' "$HERE"
}
