# shellcheck shell=bash disable=SC2154
# The images: pulled, or built from this clone. Part of run.sh.

get_images() {
  local target image
  [ "$build" != never ] || return 0
  if [ -n "$registry" ]; then
    # What can't be pulled may still be here, on a device without a network.
    compose pull >&2 || say "run.sh: not pulled from $registry; going on with what is here"
    return
  fi
  for target in vision relay; do
    image=sightline-$target:$VERSION
    [ "$build" = always ] || ! docker image inspect "$image" >/dev/null 2>&1 || continue
    check_builder
    say "building $image from $CLONE (some minutes on a small board; on another machine: docker save, docker load)"
    DOCKER_BUILDKIT=1 docker build "${build_args[@]}" -f "$CLONE/deploy/images/Dockerfile" --target "$target" -t "$image" "$CLONE" >&2
  done
}
