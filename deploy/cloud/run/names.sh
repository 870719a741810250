# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# How devices reach this machine. The names stand in the server's certificate, and the first one in every device's bundle:
# what was given stays until something else is given, also after --down and in a backup.

# Sets PUBLIC_NAMES; the first is the one for bundles.
choose_names() {
  local former
  former=$(kept hosts)
  if [ "${#HOSTS[@]}" -gt 0 ]; then
    PUBLIC_NAMES=("${HOSTS[@]}")
  elif [ -n "$former" ]; then
    mapfile -t PUBLIC_NAMES <<< "$former"
  else
    mapfile -t PUBLIC_NAMES < <(names_by_themselves | awk 'NF && !seen[$0]++')
  fi
  [ "${#PUBLIC_NAMES[@]}" -gt 0 ] || fail 'Expected a name or an address of this machine, found none.' '--host NAME'
}

names_by_themselves() {
  if [ -n "$METADATA" ]; then
    metadata public-hostname
    metadata public-ipv4
    metadata local-ipv4
    return
  fi
  local name
  name=$(hostname -f 2> /dev/null || hostname)
  # A name without a dot is seldom known beyond the machine: then an address goes first.
  case $name in *.*) printf '%s\n' "$name" ;; esac
  own_addresses
  case $name in *.* | localhost | '') ;; *) printf '%s\n' "$name" ;; esac
}

# Not those of Docker's own bridges.
own_addresses() {
  ip -o -4 addr show scope global 2> /dev/null |
    awk '$2 !~ /^(docker|br-|veth|virbr)/ { sub(/\/.*/, "", $4); print $4 }'
}

# Where an enrolled device finds the broker. IPv6 addresses stand in brackets.
broker_address() {
  case ${PUBLIC_NAMES[0]} in
    *:*) printf 'mqtts://[%s]:%s\n' "${PUBLIC_NAMES[0]}" "$PORT" ;;
    *) printf 'mqtts://%s:%s\n' "${PUBLIC_NAMES[0]}" "$PORT" ;;
  esac
}

# For enrol and for the next run; beside the authority, so that a backup has them.
keep_names() {
  in_image -v "$PKI_VOLUME:/var/lib/sightline" -- sh -euc '
    cd /var/lib/sightline
    put() { printf "%s\n" "$2" > ".$1" && mv -f ".$1" "$1"; }
    put address "$1"
    put prefix "$2"
    [ -z "$3" ] || put hosts "$3"' _ "$(broker_address)" "$TOPIC_PREFIX" \
    "$([ "${#HOSTS[@]}" -eq 0 ] || printf '%s\n' "${HOSTS[@]}")"
}

# What keep_names has kept: address, prefix or hosts.
kept() { in_image -v "$PKI_VOLUME:/var/lib/sightline:ro" -- sh -c 'cat "/var/lib/sightline/$1" 2>/dev/null' _ "$1" || true; }
