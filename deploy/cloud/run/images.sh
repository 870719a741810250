# shellcheck shell=bash
# Where the programs come from: built from this clone, or pulled.

# The image of what runs here; before the first start that of this clone.
cloud_image() {
  docker inspect --format '{{.Config.Image}}' "$PROCESSOR-1" 2> /dev/null ||
    printf '%s\n' "${REGISTRY:+$REGISTRY/}sightline-cloud:$VERSION"
}

# Sets IMAGE for the commands that come after the first start.
use_present_image() {
  IMAGE=$(cloud_image)
  docker image inspect "$IMAGE" > /dev/null 2>&1 ||
    fail "Expected the image $IMAGE, found none." 'Start it first: run.sh PORT BUCKET'
}

prepare_images() {
  IMAGE=${REGISTRY:+$REGISTRY/}sightline-cloud:$VERSION
  if [ -n "$REGISTRY" ]; then pull "$IMAGE"; else build "$IMAGE"; fi
  if [ "$PULL" = true ] || ! docker image inspect "$BROKER_IMAGE" > /dev/null 2>&1; then pull "$BROKER_IMAGE"; fi
}

build() {
  check_builder
  say "building $1 from $CLONE (the first time takes minutes, then seconds)"
  local former log options=()
  [ "$PULL" = false ] || options=(--pull)
  former=$(image_id "$1")
  log=$(mktemp)
  if ! DOCKER_BUILDKIT=1 docker build "${options[@]}" --target cloud --tag "$1" \
    --file "$CLONE/deploy/images/Dockerfile" "$CLONE" > "$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    fail "Expected $1 to be built, but a step failed; its words are above."
  fi
  rm -f "$log"
  [ "$former" = "$(image_id "$1")" ] || FORMER_IMAGE=$former
}

# A machine that starts without a network goes on with what it has.
pull() {
  say "pulling $1"
  local said
  said=$(docker pull --quiet "$1" 2>&1) && return
  docker image inspect "$1" > /dev/null 2>&1 ||
    fail "Expected to pull $1, got: ${said##*$'\n'}" 'Is the name right, and does this machine reach the registry?'
  say "could not look for a newer $1 (${said##*$'\n'}); going on with the one that is here"
}

image_id() { docker image inspect --format '{{.Id}}' "$1" 2> /dev/null || true; }

# The one that was replaced, or the disk fills with them. Docker keeps it where something still uses it.
remove_former_image() {
  [ -z "${FORMER_IMAGE:-}" ] || docker image rm "$FORMER_IMAGE" > /dev/null 2>&1 || true
}
