#!/bin/bash
# A Docker engine for the tests of the images: started here, beside whatever else runs, and ended here.
# usage: engine.sh start      starts it if it does not run, and makes the stand-in base images (once: about two minutes)
#        engine.sh stop       ends it, with every container in it; its images stay for the next time
#        engine.sh env        prints what points `docker` at it: eval "$(engine.sh env)"
#        engine.sh --check    exit code 0: start would work; 1: it would not, and why
#        engine.sh --install  makes the stand-in base images ahead of time; leaves no engine behind that it did not find
#        engine.sh arm64      start, and what trying the arm64 images takes: their base image, and emulation for the whole machine
#        engine.sh --help     prints this
# Everything is kept in $XDG_CACHE_HOME/sightline/containers (~/.cache/…); SIGHTLINE_TEST_ENGINE_HOME names another folder.
# SIGHTLINE_TEST_ENGINE=host takes the engine that `docker` already talks to instead, with the real base images.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${SIGHTLINE_TEST_ENGINE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/sightline/containers}
socket=$home/docker.sock
pid_file=$home/docker.pid
packages='docker.io debootstrap iptables'
# Debian keeps daemons where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

use_host() { [ "${SIGHTLINE_TEST_ENGINE:-own}" = host ]; }

# The client that came with the engine: another one first in PATH may be too new for it.
client() {
  if [ -x /usr/bin/docker ]; then echo /usr/bin/docker; else command -v docker; fi
}

runs() { [ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null && answers; }

answers() { DOCKER_HOST=unix://$socket "$(client)" version >/dev/null 2>&1; }

check() {
  if use_host; then
    docker version >/dev/null 2>&1 || { echo 'Expected an engine that docker talks to, got none (SIGHTLINE_TEST_ENGINE=host)' >&2; return 1; }
    return 0
  fi
  [ "$(id -u)" = 0 ] || { echo "Expected root, got user $(id -un): a Docker engine of one's own takes root" >&2; return 1; }
  local name
  for name in dockerd docker debootstrap iptables; do
    command -v "$name" >/dev/null || { echo "Expected $name, got none: apt-get install --no-install-recommends $packages" >&2; return 1; }
  done
  # Two engines would share one bridge and one set of firewall chains.
  if ! runs && [ -S /var/run/docker.sock ] && "$(client)" -H unix:///var/run/docker.sock version >/dev/null 2>&1; then
    echo 'Expected no other Docker engine on this machine, got one; SIGHTLINE_TEST_ENGINE=host runs the tests in it' >&2
    return 1
  fi
}

start_daemon() {
  ! runs || return 0
  mkdir -p "$home/bin" "$home/client"
  ln -sfn "$(client)" "$home/bin/docker"
  rm -f "$pid_file"
  # Its network is the machine's, so ports that containers publish are reached on 127.0.0.1. The lock is not handed on to it.
  setsid dockerd --host "unix://$socket" --data-root "$home/data" --exec-root "$home/exec" --pidfile "$pid_file" \
    >>"$home/dockerd.log" 2>&1 </dev/null 9>&- &
  local waited=0
  until runs; do
    waited=$((waited + 1))
    if [ "$waited" -gt 300 ]; then
      echo "Expected dockerd to answer within 30 s, got nothing; the end of $home/dockerd.log:" >&2
      tail -n 5 "$home/dockerd.log" >&2
      return 1
    fi
    sleep 0.1
  done
}

start() {
  check
  ! use_host || return 0
  mkdir -p "$home"
  # Two at once: the second waits, and finds it running.
  exec 9>"$home/lock"
  flock 9
  start_daemon
  DOCKER_HOST=unix://$socket DOCKER_CONFIG=$home/client PATH=$home/bin:$PATH "$here/stand-ins/make.sh" "$home"
  flock -u 9
}

stop() {
  ! use_host || return 0
  [ -s "$pid_file" ] || return 0
  local pid
  pid=$(cat "$pid_file")
  kill "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  # The engine leaves its own network namespace mounted, and nobody could remove the folder then.
  for left in "$home"/exec/netns/*; do umount "$left" 2>/dev/null || true; done
}

print_env() {
  ! use_host || { echo 'export DOCKER_BUILDKIT=1'; return 0; }
  printf 'export DOCKER_HOST=%q DOCKER_CONFIG=%q DOCKER_BUILDKIT=1 PATH=%q\n' "unix://$socket" "$home/client" "$home/bin:${PATH%:/usr/sbin:/sbin}"
}

install() {
  local ran=no
  if runs; then ran=yes; fi
  start
  [ "$ran" = yes ] || stop
}

arm64() {
  if ! command -v qemu-aarch64-static || ! command -v update-binfmts; then
    echo 'Expected QEMU for arm64, got none: apt-get install --no-install-recommends qemu-user-static binfmt-support' >&2
    return 1
  fi >/dev/null
  start
  local known=/proc/sys/fs/binfmt_misc
  [ -e "$known/register" ] || mount -t binfmt_misc binfmt_misc "$known"
  [ -e "$known/qemu-aarch64" ] || update-binfmts --enable qemu-aarch64
  use_host || DOCKER_HOST=unix://$socket DOCKER_CONFIG=$home/client PATH=$home/bin:$PATH "$here/stand-ins/make-arm64.sh" "$home"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  env) print_env ;;
  arm64) arm64 ;;
  --check) check ;;
  --install) install ;;
  --help) sed -n '2,11s/^# //p' "$0" ;;
  *) sed -n '2,11s/^# //p' "$0" >&2; exit 2 ;;
esac
