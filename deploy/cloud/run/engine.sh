# shellcheck shell=bash
# Docker itself: is it there, may we use it; and one run.sh at a time.

check_docker() {
  command -v docker > /dev/null || fail 'Expected Docker on this machine, found no command docker.' \
    'Debian, Ubuntu:  sudo apt-get install docker.io' \
    'Amazon Linux:    sudo dnf install docker && sudo systemctl enable --now docker' \
    'others:          https://docs.docker.com/engine/install'
  local said
  said=$(docker version --format '{{.Server.Version}}' 2>&1) && return
  case $said in
    *'permission denied'*) fail "Expected that $(id -un) may use Docker, got: permission denied." \
      'Run this with sudo, or: sudo usermod -aG docker '"$(id -un)"', then log in again.' ;;
    *'annot connect'* | *'no such file'*) fail 'Expected the Docker service to run, but it does not answer.' \
      'sudo systemctl enable --now docker' "It said: ${said##*$'\n'}" ;;
    *) fail "Expected an answer of the Docker service, got: ${said##*$'\n'}" ;;
  esac
}

# With a client from 23 on, BuildKit is a plug-in that some distributions leave out.
check_builder() {
  local client
  client=$(docker version --format '{{.Client.Version}}')
  [ "${client%%.*}" -ge 23 ] || return 0
  docker buildx version > /dev/null 2>&1 || fail "Expected Docker's build plug-in (buildx), found none." \
    'Debian, Ubuntu:           sudo apt-get install docker-buildx' \
    "Docker's own packages:    sudo apt-get install docker-buildx-plugin" \
    'others:                   https://github.com/docker/buildx#linux-packages' \
    'or pull a finished image: --registry REG'
}

# Two at once would make two authorities, or take each other's containers away. A lock on the folder /run holds over all
# clones and users, leaves nothing behind, and the system frees it when this process ends, however it ends.
take_lock() {
  exec 9< /run
  flock --nonblock 9 && return
  say 'another run.sh is at work; waiting for it'
  flock --timeout 900 9 || fail 'Expected the other run.sh to end within 15 minutes, but it has not.' \
    'See what it does: ps aux | grep run.sh'
}
