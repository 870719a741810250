# shellcheck shell=bash disable=SC2154
# The images: pulled, or built from this clone. Part of run.sh.

get_images() {
  local target image
  registry=${registry:-$(value_of REGISTRY "$STATE/compose.env")}
  if [ -n "$registry" ]; then
    # What can't be pulled may still be here, on a device without a network.
    compose pull >&2 || say "run.sh: not pulled from $registry; going on with what is here"
    return
  fi
  for target in vision relay; do
    image=sightline-$target:$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$CLONE/package.json" | head -n 1)
    [ -n "$build" ] || ! docker image inspect "$image" >/dev/null 2>&1 || continue
    say "building $image from $CLONE (some minutes on a small board; on another machine: docker save, docker load)"
    DOCKER_BUILDKIT=1 docker build -f "$CLONE/deploy/images/Dockerfile" --target "$target" -t "$image" "$CLONE" >&2
  done
}
