# shellcheck shell=bash disable=SC2154,SC2034
# The images: pulled by the node, or built from this clone and put into its containerd. Part of run.sh.

VERSION=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$CLONE/package.json" | head -n 1)

get_images() {
  local target image containerd=()
  [ -z "$registry" ] && [ "$build" != never ] || return 0
  if command -v k3s >/dev/null; then containerd=(k3s ctr); elif command -v ctr >/dev/null; then containerd=(ctr --namespace k8s.io); else
    fail 'Expected k3s or ctr, to put the images into the containerd of this node, got neither' \
      '--registry REGISTRY pulls them from one; --no-build says that they are there.'
  fi
  for target in vision relay; do
    image=docker.io/library/sightline-$target:$VERSION
    if "${containerd[@]}" images list --quiet | grep -qxF "$image"; then
      [ "$build" = always ] || continue
      rebuilt=yes
    fi
    find_builder
    say "building $image from $CLONE (some minutes on a small board)"
    "${BUILDER[@]}" build "${build_args[@]}" -f "$CLONE/deploy/images/Dockerfile" --target "$target" -t "$image" "$CLONE" >&2
    "${BUILDER[@]}" save "$image" | "${containerd[@]}" images import - >&2
  done
}

# k3s runs images and builds none.
find_builder() {
  if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    check_builder
    BUILDER=(env DOCKER_BUILDKIT=1 docker)
  elif command -v podman >/dev/null; then BUILDER=(podman)
  elif command -v nerdctl >/dev/null; then BUILDER=(nerdctl)
  else
    fail 'Expected Docker, Podman or nerdctl, to build the images, got none of them: k3s runs images and builds none' \
      'sudo apt-get install docker.io' \
      "Or build them on another machine of this kind, there in the clone, for vision and for relay:" \
      "  docker build -f deploy/images/Dockerfile --target vision -t sightline-vision:$VERSION ." \
      "  docker save sightline-vision:$VERSION | ssh THIS-MACHINE sudo k3s ctr images import -" \
      'Or pull them: --registry REGISTRY'
  fi
}
