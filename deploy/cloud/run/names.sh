# shellcheck shell=bash
# How devices reach this machine. The names stand in the server's certificate, and the first one in every device's bundle.
# A name that devices were enrolled with has to stay in the certificate, so a new --host comes to those that there are.

# Sets PUBLIC_NAMES; the first is the one for bundles. KEPT_NAMES: those to keep, none where they come by themselves.
choose_names() {
  local former certified
  former=$(kept hosts)
  certified=$(names_in_certificate)
  # shellcheck disable=SC2153 # from settings.sh
  if [ "${#HOSTS[@]}" -gt 0 ]; then
    mapfile -t PUBLIC_NAMES < <(printf '%s\n' "${HOSTS[@]}" "${former:-$certified}" | each_once)
  elif [ -n "$former" ]; then
    mapfile -t PUBLIC_NAMES <<< "$former"
  else
    mapfile -t PUBLIC_NAMES < <(names_by_themselves | each_once)
  fi
  forget_names "$former"$'\n'"$certified"
  [ "${#PUBLIC_NAMES[@]}" -gt 0 ] || fail 'Expected a name or an address of this machine, found none.' '--host NAME'
  KEPT_NAMES=()
  if [ "${#HOSTS[@]}" -gt 0 ] || [ "${#FORGOTTEN_HOSTS[@]}" -gt 0 ] || [ -n "$former" ]; then
    # shellcheck disable=SC2034 # read by keep_settings
    KEPT_NAMES=("${PUBLIC_NAMES[@]}")
  fi
  tell_leaving "$certified"
}

each_once() { awk 'NF && !seen[$0]++'; }

# forget_names KNOWN: takes those of --forget-host out.
forget_names() {
  local name known
  for name in "${FORGOTTEN_HOSTS[@]}"; do
    known=$(printf '%s\n' "${PUBLIC_NAMES[@]}" "$1" | each_once)
    grep -qxF -e "$name" <<< "$known" ||
      fail_usage "--forget-host: Expected one of the names ${known//$'\n'/ }, got \"$name\"."
    mapfile -t PUBLIC_NAMES < <(printf '%s\n' "${PUBLIC_NAMES[@]}" | grep -vxF -e "$name")
  done
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
