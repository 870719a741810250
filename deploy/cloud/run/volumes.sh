# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# Docker volumes: what must outlive the containers. Nothing that runs depends on this clone: rules and certificates are
# copied into volumes, so the clone may move, change or go.

# Every container of ours runs so: as no root, with no rights, on a file system that it can't change.
HARDENED=(--read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs '/tmp:rw,noexec,nosuid,nodev,size=64m')

# What such a program prints may be a private key (a bundle, a backup). It goes to us alone: Docker's log would write it to the
# disk of this machine, or send it to wherever logs are kept.
PASSING=(--rm --log-driver none)

# in_image [docker's options] -- COMMAND…: a program of the cloud image, for a moment, without a network unless asked.
in_image() {
  local options=() network=none
  while [ "$1" != -- ]; do
    if [ "$1" = --network ]; then
      network=$2
      shift
    else
      options+=("$1")
    fi
    shift
  done
  shift
  docker run "${PASSING[@]}" --network "$network" "${HARDENED[@]}" "${options[@]}" --entrypoint "$1" "$IMAGE" "${@:2}"
}

# Docker gives a new volume the owner that its folder has in the image it is first mounted in: user 10001 here.
# One that is there is looked at, too: a run that was ended in between has left it with the owner root.
make_volume() {
  case " $MADE_VOLUMES " in *" $1 "*) return ;; esac
  docker volume create --label "$LABEL" "$1" > /dev/null
  in_image -v "$1:/var/lib/sightline" -- test -w /var/lib/sightline ||
    fail "Expected user 10001 to be able to write the volume $1, but it can't." "docker volume rm $1, then try again."
  MADE_VOLUMES+=" $1"
}
MADE_VOLUMES=

# put_files VOLUME FOLDER: the volume holds what the folder holds, and nothing else. Each file comes whole or not at all.
put_files() {
  make_volume "$1"
  tar -C "$2" -cf - . | in_image -i -v "$1:/var/lib/sightline" -- sh -euc '
    cd /var/lib/sightline
    rm -rf .new && mkdir .new
    tar -xf - --no-same-owner --no-same-permissions -C .new
    chmod -R u=rwX,go=rX .new
    for file in *; do [ -e "$file" ] && [ ! -e ".new/$file" ] && rm -rf -- "$file"; done
    for file in .new/*; do [ -e "$file" ] && mv -f -- "$file" .; done
    rm -rf .new'
}

remove_volume() { docker volume rm "$1" > /dev/null 2>&1 || true; }
