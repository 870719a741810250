#!/bin/bash
# Makes base images that stand in for upstream's where nothing can be pulled: Debian by debootstrap, Node 24 from this
# clone's package `node`, Mosquitto from Debian. They prove the steps of our Dockerfile, not the upstream images.
# usage: make.sh FOLDER     into the engine that DOCKER_HOST names; FOLDER is for what is in the making
# What this machine needs to reach npm and Debian (its certificates, registry, mirror, proxy) goes into the stand-ins,
# so that nothing of it has to be in the Dockerfile.
set -euo pipefail

if [ $# != 1 ] || [ ! -d "$1" ]; then sed -n '2,6s/^# //p' "$0" >&2; exit 2; fi
folder=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
debian=debian:bookworm-slim
node=node:24-bookworm-slim
mosquitto=eclipse-mosquitto:2
# Where Node finds the certificates that it needs beyond its own; `ca-certificates` in an image writes elsewhere.
authorities=/usr/local/share/stand-in/authorities.crt

# Made by another version of these files, they are made anew.
recipe=$(cat "$here/make.sh" "$here"/mosquitto* | sha256sum | cut -c1-16)
there() { [ "$(docker image inspect --format '{{ index .Config.Labels "dev.sightline.stand-in" }}' "$1" 2>/dev/null)" = "$recipe" ]; }

work=$(mktemp -d -p "$folder")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The mirrors that this machine's own apt uses, in the form that the real image has.
mirror_of() {
  # shellcheck disable=SC2016  # apt's variables, not the shell's
  { apt-get indextargets --format '$(CREATED_BY) $(COMPONENT) $(RELEASE) $(REPO_URI)' 2>/dev/null || true; } |
    awk -v name="$1" '$1 == "Packages" && $2 == "main" && $3 == name { found = found ? found : $4 } END { print found }'
}

write_sources() {
  local main security
  main=$(mirror_of bookworm)
  security=$(mirror_of bookworm-security)
  cat <<SOURCES
Types: deb
URIs: ${main:-http://deb.debian.org/debian}
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: ${security:-http://deb.debian.org/debian-security}
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
}

# What the real slim image leaves out too.
slim() {
  rm -rf "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/* "$1"/var/cache/apt/*.bin \
    "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/var/log/*.log
}

make_debian() {
  local mirror tree=$work/debian
  mirror=$(mirror_of bookworm)
  echo "Making $debian (debootstrap) …" >&2
  debootstrap --variant=minbase bookworm "$tree" "${mirror:-http://deb.debian.org/debian}" >"$work/log" 2>&1 ||
    { echo 'Expected debootstrap to end well, got:' >&2; tail -n 5 "$work/log" >&2; return 1; }
  rm -f "$tree/etc/apt/sources.list"
  write_sources >"$tree/etc/apt/sources.list.d/debian.sources"
  apt-config dump | grep -E '^Acquire::https?::Proxy ' >"$tree/etc/apt/apt.conf.d/90-proxy" || rm "$tree/etc/apt/apt.conf.d/90-proxy"
  slim "$tree"
  tar -C "$tree" -c . | docker import --change 'CMD ["bash"]' --change "LABEL dev.sightline.stand-in=$recipe" - "$debian" >/dev/null
}

make_node() {
  local tree=$work/node binary=$root/node_modules/node/bin/node npm registry
  echo "Making $node …" >&2
  [ -x "$binary" ] || binary=$(command -v node)
  case $("$binary" --version) in
    v24.*) ;;
    *) echo "Expected Node 24 in node_modules/node, got $("$binary" --version) in $binary: npm run setup" >&2; return 1 ;;
  esac
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  mkdir -p "$tree/bin" "$tree/etc" "$tree/lib/node_modules"
  cp "$binary" "$tree/bin/node"
  cp -r "$npm" "$tree/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$tree/bin/npx"
  registry=$(cd / && npm config get registry 2>/dev/null)
  case $registry in
    https://registry.npmjs.org/ | '') touch "$tree/etc/npmrc" ;;
    *) echo "registry=$registry" >"$tree/etc/npmrc" ;;
  esac
  mkdir -p "$tree/share/stand-in"
  cp /etc/ssl/certs/ca-certificates.crt "$tree/share/stand-in/authorities.crt" 2>/dev/null || touch "$tree/share/stand-in/authorities.crt"
  cat >"$work/Dockerfile" <<DOCKERFILE
FROM $debian
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY node /usr/local
${NODE_EXTRA_CA_CERTS:+ENV NODE_EXTRA_CA_CERTS=$authorities}
CMD ["node"]
DOCKERFILE
  DOCKER_BUILDKIT=1 docker build --quiet --label "dev.sightline.stand-in=$recipe" --tag "$node" "$work" >/dev/null
}

make_mosquitto() {
  echo "Making $mosquitto …" >&2
  cp "$here/mosquitto.Dockerfile" "$here/mosquitto-entrypoint.sh" "$work"
  DOCKER_BUILDKIT=1 docker build --quiet --label "dev.sightline.stand-in=$recipe" --tag "$mosquitto" --file "$work/mosquitto.Dockerfile" "$work" >/dev/null
}

there "$debian" || make_debian
there "$node" || make_node
there "$mosquitto" || make_mosquitto
