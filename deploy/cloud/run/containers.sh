# shellcheck shell=bash
# Containers that stay as long as what is asked of them stays the same.

# For services that run for years: they come back after a reboot, and their logs don't fill the disk.
LASTING=(--restart unless-stopped --label "$LABEL" --network "$CLOUD_NETWORK" --pids-limit 256
  --log-driver json-file --log-opt max-size=10m --log-opt max-file=3)

# ensure_container NAME IMAGE [docker's options] -- [ARGUMENT…]
# Runs it, unless it runs already from the same image with the same options. Their hash is a label of the container.
ensure_container() {
  local name=$1 image=$2 options=() wanted found
  shift 2
  wanted=$(printf '%s\0' "$(image_id "$image")" "${LASTING[*]}" "${HARDENED[*]}" "$@" | sha256sum | cut -c 1-64)
  found=$(docker inspect --format '{{index .Config.Labels "dev.sightline.config"}} {{.State.Status}}' "$name" 2> /dev/null || true)
  case $found in
    "$wanted running") say "$name: unchanged"; return ;;
    "$wanted "*)
      say "$name: starting it again"
      remove_container "$name" ;;
    '') say "$name: new" ;;
    *)
      say "$name: changed, replacing it"
      remove_container "$name" ;;
  esac
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  local said
  if ! said=$(docker run --detach --name "$name" --label "dev.sightline.config=$wanted" \
    "${LASTING[@]}" "${HARDENED[@]}" "${options[@]}" "$image" "$@" 2>&1); then
    docker rm --force --volumes "$name" > /dev/null 2>&1 || true
    explain_run_failure "$name" "${said##*docker: }"
  fi
}

explain_run_failure() {
  case $2 in
    *'port is already allocated'* | *'address already in use'*)
      fail "Expected port $PORT to be free, but something else has it." "Who: sudo ss -ltnp 'sport = :$PORT'" ;;
    *) fail "Expected Docker to start $1, got: ${2%%$'\n'*}" ;;
  esac
}

# A processor finishes what it has under way (8 s at most), a broker writes down its sessions.
remove_container() {
  docker stop --time 15 "$1" > /dev/null 2>&1 || true
  docker rm --force --volumes "$1" > /dev/null
}

# The container's state in a word; nothing where there is none.
state_of() { docker inspect --format '{{.State.Status}}' "$1" 2> /dev/null || true; }

# wait_until SECONDS COMMAND…: asks again and again whether it succeeds.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 1
  done
}
