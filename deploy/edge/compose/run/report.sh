# shellcheck shell=bash disable=SC2153,SC2154
# What runs, what does not, and why. Part of run.sh.

READY_SECONDS=180

# A container's state, its health, and how often it was started anew.
state_of() {
  docker inspect -f '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}} {{.RestartCount}}' "$1"
}

show_status() {
  local service id state health restarts is_well=yes forwarder=''
  echo "device $(value_of SIGHTLINE_DEVICE "$STATE/sightline.env"), cloud $(value_of SIGHTLINE_CLOUD_BROKER "$STATE/sightline.env")"
  for service in "${SERVICES[@]}"; do
    if [ "$service" = face-detector ] && ! has_camera; then
      printf '%-16s off: no camera yet, run.sh --source …\n' "$service"
      continue
    fi
    id=$(compose ps -q "$service")
    [ -n "$id" ] || { is_well='' && printf '%-16s not there: run.sh --start\n' "$service" && continue; }
    read -r state health restarts <<<"$(state_of "$id")"
    printf '%-16s %s, %s, started again %s times\n' "$service" "$state" "$health" "$restarts"
    if [ "$service" = forwarder ] && [ "$state" = running ]; then forwarder=$id; fi
    [ "$state $health" != 'running healthy' ] || continue
    is_well=''
    # Its last words are the reason where it does not run; where it does, it knows itself.
    if [ "$state" = running ] && [ "$service" != broker ]; then docker exec "$id" sightline health "$service" 2>&1 | sed 's/^/  /' || true
    else docker logs --tail 3 "$id" 2>&1 | sed 's/^/  /'; fi
  done
  show_certificate <"$STATE/tls/tls.crt"
  if [ -n "$forwarder" ]; then
    show_link docker exec "$forwarder" < <(docker logs --tail 2000 "$forwarder" 2>&1) || [ -n "$offline" ] || is_well=''
    show_spool docker exec "$forwarder"
  fi
  [ -n "$is_well" ]
}

wait_until_ready() {
  local until=$((SECONDS + READY_SECONDS)) service id waits
  while [ "$SECONDS" -lt "$until" ]; do
    waits=''
    for service in "${SERVICES[@]}"; do
      [ "$service" != face-detector ] || has_camera || continue
      id=$(compose ps -q "$service")
      case $(state_of "$id") in
        'running healthy '*) ;;
        # It ended more than once: time alone won't help.
        restarting*[2-9]) break 2 ;;
        *) waits=yes ;;
      esac
    done
    [ -n "$waits" ] || break
    sleep 2
  done
  wait_for_link
  show_status || end_with 5 'Expected all services to become ready, got the above' 'run.sh --logs SERVICE shows more.'
  say 'Next: run.sh --doctor sends a test image through the whole chain.'
}

# It comes a moment after the services are ready.
wait_for_link() {
  local until=$((SECONDS + 20)) id
  [ -z "$offline" ] || return 0
  id=$(compose ps -q forwarder)
  while [ "$SECONDS" -lt "$until" ] && ! show_link docker exec "$id" </dev/null >/dev/null; do sleep 2; done
}
