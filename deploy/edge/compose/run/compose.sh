# shellcheck shell=bash disable=SC2153,SC2154
# Docker Compose and what it is told. Part of run.sh.

PROJECT=sightline
SERVICES=(broker face-detector message-logger forwarder)
READY_SECONDS=180

find_engine() {
  command -v docker >/dev/null || fail 'Expected Docker, got none' 'sudo apt-get install docker.io docker-compose'
  docker info >/dev/null 2>&1 || fail 'Expected Docker to run, got no answer from it' 'sudo systemctl start docker'
}

find_compose() {
  if docker compose version >/dev/null 2>&1; then
    COMPOSE=(docker compose)
  elif command -v docker-compose >/dev/null; then
    COMPOSE=(docker-compose)
  else
    fail 'Expected Docker Compose, got none' 'sudo apt-get install docker-compose, or the package docker-compose-plugin of docker.com'
  fi
}

is_set_up() { [ -e "$STATE/sightline.env" ] && [ -e "$STATE/passwords/forwarder" ]; }

# A line KEY=VALUE of one of our own files; nothing in them is run.
value_of() { [ ! -e "$2" ] || sed -n "s/^$1=//p" "$2" | tail -n 1; }

compose() {
  local files=(-f "$here/compose.yaml") version
  [ ! -e "$STATE/compose.devices.yaml" ] || files+=(-f "$STATE/compose.devices.yaml")
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$CLONE/package.json" | head -n 1)
  registry=${registry:-$(value_of REGISTRY "$STATE/compose.env")}
  CLONE=$CLONE STATE=$STATE \
    RELAY_IMAGE=${registry:+$registry/}sightline-relay:$version \
    VISION_IMAGE=${registry:+$registry/}sightline-vision:$version \
    BROKER_IMAGE=${SIGHTLINE_BROKER_IMAGE:-eclipse-mosquitto:2} \
    TOPIC_PREFIX=$(value_of SIGHTLINE_TOPIC_PREFIX "$STATE/sightline.env") \
    CONFIGURATION=$(configuration_mark) \
    "${COMPOSE[@]}" -p "$PROJECT" "${files[@]}" "$@"
}

# Another one when a file has changed that services read at their start alone: Compose makes their containers anew then.
# Certificates are not among them; they are read at each connection.
configuration_mark() {
  (cd "$STATE" && find sightline.yaml sightline.env face-detector.env passwords cameras -type f -exec sha256sum {} + 2>/dev/null |
    sort | sha256sum | cut -c1-16)
}

make_state() {
  umask 077
  mkdir -p "$STATE"
  chmod 755 "$STATE"
  mkdir -p "$STATE"/tls "$STATE"/passwords "$STATE"/cameras "$STATE"/broker
  # The services are user 10001, the broker is 1883; the folders are mounted into theirs alone.
  chown 10001:10001 "$STATE/tls" "$STATE/cameras"
  chown 1883:1883 "$STATE/broker" "$STATE/passwords"
  [ -e "$STATE/sightline.yaml" ] || cp "$here/sightline.yaml" "$STATE/sightline.yaml"
  chmod 644 "$STATE/sightline.yaml"
  [ -z "$registry" ] || echo "REGISTRY=$registry" >"$STATE/compose.env"
}

# Random, once, never shown. Read by the broker (all) and by the service that has the name.
make_passwords() {
  local user file
  for user in face-detector message-logger forwarder; do
    file=$STATE/passwords/$user
    [ -s "$file" ] || head -c 24 /dev/urandom | base64 >"$file"
    chown 10001:1883 "$file"
    chmod 440 "$file"
  done
}

container() {
  local id
  id=$(compose ps -q "$1")
  [ -n "$id" ] || fail "Expected the container of $1, got none" 'run.sh --start'
  echo "$id"
}

# A container's state, its health, and how often it was started anew.
state_of() {
  docker inspect -f '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}} {{.RestartCount}}' "$1"
}

show_status() {
  local service id state health restarts is_well=yes
  echo "device $(value_of SIGHTLINE_DEVICE "$STATE/sightline.env"), cloud $(value_of SIGHTLINE_CLOUD_BROKER "$STATE/sightline.env")"
  for service in "${SERVICES[@]}"; do
    id=$(compose ps -q "$service")
    [ -n "$id" ] || { is_well='' && printf '%-16s not there: run.sh --start\n' "$service" && continue; }
    read -r state health restarts <<<"$(state_of "$id")"
    printf '%-16s %s, %s, started again %s times\n' "$service" "$state" "$health" "$restarts"
    [ "$state $health" != 'running healthy' ] || continue
    is_well=''
    # Its last words are the reason where it does not run; where it does, it knows itself.
    if [ "$state" = running ] && [ "$service" != broker ]; then docker exec "$id" sightline health "$service" 2>&1 | sed 's/^/  /' || true
    else docker logs --tail 3 "$id" 2>&1 | sed 's/^/  /'; fi
  done
  [ -n "$is_well" ]
}

wait_until_ready() {
  local until=$((SECONDS + READY_SECONDS)) service id waits
  while [ "$SECONDS" -lt "$until" ]; do
    waits=''
    for service in "${SERVICES[@]}"; do
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
  show_status || {
    say 'run.sh: Expected all services to become ready, got the above'
    say '  run.sh --logs SERVICE shows more.'
    exit 5
  }
  say 'Next: run.sh --doctor sends a test image through the whole chain.'
}

check_configuration() {
  local service words
  for service in face-detector forwarder; do
    words=$(compose run --rm --no-deps -T "$service" check-config 2>&1) ||
      fail "the configuration of $service can't be used: $(grep -v -E '^Creating|^[0-9]+$' <<<"$words" | tail -n 4)" "Edit $STATE/sightline.yaml, then run this again; nothing was changed."
  done
}

take_down() {
  if [ -n "$purge" ]; then compose down --volumes --remove-orphans >&2; else compose down --remove-orphans >&2; fi
  if [ -d /run/systemd/system ] && [ -e /etc/systemd/system/sightline.service ]; then
    systemctl disable sightline.service >&2
    rm -f /etc/systemd/system/sightline.service
    systemctl daemon-reload
  fi
  if [ -n "$purge" ]; then rm -rf "$STATE" && say "removed $STATE and the spool"; else
    say "kept $STATE and the spool; run.sh goes on with them"
  fi
}

# Docker starts the containers at boot; the unit tries again where it could not, as when a camera was not plugged in yet.
install_service() {
  [ -d /run/systemd/system ] || return 0
  sed -e "s#@RUN@#$here/run.sh#" -e "s#@STATE@#$STATE#" "$here/sightline.service" >/etc/systemd/system/sightline.service
  systemctl daemon-reload
  systemctl enable sightline.service >&2
  systemctl start sightline.service
}
