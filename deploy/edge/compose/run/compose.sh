# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# Docker Compose and what it is told. Part of run.sh.

PROJECT=sightline
SERVICES=(broker face-detector message-logger forwarder)
VERSION=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$CLONE/package.json" | head -n 1)

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

compose() {
  local files=(-f "$here/compose.yaml")
  [ ! -e "$STATE/compose.devices.yaml" ] || files+=(-f "$STATE/compose.devices.yaml")
  STATE=$STATE \
    RELAY_IMAGE=${registry:+$registry/}sightline-relay:$VERSION \
    VISION_IMAGE=${registry:+$registry/}sightline-vision:$VERSION \
    BROKER_IMAGE=$broker_image \
    TOPIC_PREFIX=$(value_of SIGHTLINE_TOPIC_PREFIX "$STATE/sightline.env") \
    CONFIGURATION=$(configuration_mark) \
    BROKER_SCRIPTS=$(broker_mark) \
    "${COMPOSE[@]}" -p "$PROJECT" "${files[@]}" "$@"
}

# start_services [OPTION…]: without a camera all but the face-detector.
start_services() {
  local scale=()
  has_camera || scale=(--scale face-detector=0)
  compose up -d --no-build "${scale[@]}" "$@"
}

container() {
  local id
  id=$(compose ps -q "$1")
  [ -n "$id" ] || fail "Expected the container of $1, got none" 'run.sh --start'
  echo "$id"
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
  remove_service
  if [ -n "$purge" ]; then rm -rf "$STATE" && say "removed $STATE and the spool"; else
    say "kept $STATE and the spool; run.sh goes on with them"
  fi
}
