# shellcheck shell=bash
# `run.sh --down`: nothing of ours runs any more. The bucket is never touched.

take_down() {
  local purge=false yes=false
  while [ $# -gt 0 ]; do
    case $1 in
      --purge) purge=true ;;
      --yes) yes=true ;;
      *) fail_usage "Expected --purge, --yes or nothing, got \"$1\"." ;;
    esac
    shift
  done
  [ "$purge" = false ] || [ "$yes" = true ] ||
    fail_usage 'Expected --yes besides --purge: every device would have to be enrolled again.' \
      'Keep the authority before: run.sh backup FILE'
  check_docker
  take_lock
  local name
  for name in $(processors) $(docker ps --all --quiet --filter "name=^$BROKER\$"); do
    remove_container "$name"
  done
  # Somebody else's container may be in it, a store for instance.
  docker network rm "$CLOUD_NETWORK" > /dev/null 2>&1 || ! docker network inspect "$CLOUD_NETWORK" > /dev/null 2>&1 ||
    say "the network $CLOUD_NETWORK stays: other containers are in it"
  remove_volume "$CREDENTIALS_VOLUME"
  [ "$purge" = false ] || purge_volumes
  local left
  left=$(docker volume ls --quiet --filter "label=$LABEL" | paste -sd ' ')
  say "down.${left:+ Kept: $left (gone with --down --purge --yes).}"
}

purge_volumes() {
  remove_timer
  local volume
  for volume in $(docker volume ls --quiet --filter "label=$LABEL"); do
    docker volume rm "$volume" > /dev/null
  done
}
