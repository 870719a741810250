# shellcheck shell=bash
# How it is, and what it said.

# Exit code 5: something is not well.
status() {
  no_arguments_left status "$@"
  check_docker
  expect_authority
  use_present_image
  local name code=0
  broker_listens || code=5
  printf '%-30s %s\n' "$BROKER" "$(describe "$BROKER")"
  for name in $(processors); do
    printf '%-30s %s\n' "$name" "$(describe "$name")"
    [ "$(state_of "$name")" = running ] || { code=5; continue; }
    checks_of "$name" | sed 's/^/  /' || code=5
  done
  [ -n "$(processors)" ] || code=5
  timer_state || code=5
  printf '\ncertificates (devices: run.sh fleet)\n'
  with_authority -- pki list || code=5
  exit "$code"
}

describe() {
  docker ps --all --filter "name=^$1\$" --format '{{.Status}}, {{.Image}}' | grep . || echo 'not there: run.sh PORT BUCKET'
}

logs() {
  local names=() options=()
  while [ $# -gt 0 ]; do
    case $1 in
      broker) names+=("$BROKER") ;;
      [1-9] | [1-9][0-9]) names+=("$PROCESSOR-$1") ;;
      # Those of docker logs that take a value.
      -n | --tail | --since | --until)
        [ -n "${2:-}" ] || fail_usage "Expected a value after $1, got nothing."
        options+=("$1" "$2")
        shift ;;
      -*) options+=("$1") ;;
      *) fail_usage "Expected broker, the number of a processor, or options of docker logs, got \"$1\"." ;;
    esac
    shift
  done
  check_docker
  [ "${#names[@]}" -gt 0 ] || mapfile -t names < <(echo "$BROKER"; processors)
  local name followers=() code=0
  for name in "${names[@]}"; do
    [ -n "$(state_of "$name")" ] ||
      fail "Expected one of $(echo "$BROKER" "$(processors)" | sed 's/sightline-cloud-\(processor-\)\?//g'), got ${name#sightline-cloud-}: not there."
  done
  # Each line says whose it is; all at once, so that -f follows all.
  for name in "${names[@]}"; do
    docker logs --tail 100 "${options[@]}" "$name" 2>&1 | sed -u "s/^/${name#sightline-cloud-}: /" &
    followers+=($!)
  done
  for name in "${followers[@]}"; do wait "$name" || code=1; done
  return "$code"
}
