# shellcheck shell=bash
# Who may come in: devices, and the operator who looks after them.

DEVICE_NAME='^[a-z0-9][a-z0-9-]{0,47}$'

# The bundle goes to standard output, alone, so that it can be piped into the device.
enrol() {
  local name='' again=() address
  while [ $# -gt 0 ]; do
    case $1 in
      --again) again=(--again) ;;
      -*) fail_usage "Expected --again or nothing, got \"$1\"." ;;
      *)
        [ -z "$name" ] || fail_usage "Expected one name, got \"$1\" besides."
        name=$1 ;;
    esac
    shift
  done
  [[ $name =~ $DEVICE_NAME ]] ||
    fail_usage "Expected a device's name (a-z, 0-9 and -, at most 48), got \"$name\"."
  [ ! -t 1 ] || fail 'Expected a pipe or a file to write the bundle to, got a terminal: it holds a private key.' \
    "run.sh enrol $name | ssh DEVICE sudo sightline/deploy/edge/run.sh --bundle -" \
    "(umask 077; run.sh enrol $name > $name.bundle)"
  begin_with_authority
  address=$(kept address)
  [ -n "$address" ] || fail 'Expected to know how devices reach this machine, but it was never started.' 'run.sh PORT BUCKET'
  with_authority -- fleet enrol "$name" --broker "$address" --topic-prefix "$(kept prefix)" "${again[@]}"
  publish_revocations
  say "$name is enrolled for $address. The bundle is good once: whoever has it is $name."
}

revoke() {
  [ $# -eq 1 ] || fail_usage 'Expected the name of a device, or the serial number of a certificate.'
  begin_with_authority
  with_authority -- pki revoke "$1"
  publish_revocations
  say "the broker knows it within seconds, and closes the connection"
}

pki_by_hand() {
  [ $# -gt 0 ] || set -- --help
  begin_with_authority
  with_authority -- pki "$@"
  publish_revocations
}

# as_operator COMMAND…: fleet, doctor or audit, inside the network, with what the processors know of the store.
as_operator() {
  begin_with_authority
  [ "$(state_of "$PROCESSOR-1")" = running ] || fail 'Expected it to run, but it does not.' 'run.sh PORT BUCKET'
  ensure_operator_certificate
  local line command=$1 options=()
  while IFS= read -r line; do
    case $line in SIGHTLINE_STORE_* | SIGHTLINE_TOPIC_* | SIGHTLINE_CLOUD_BROKER=* | AWS_*) options+=(-e "$line") ;; esac
  done < <(docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$PROCESSOR-1")
  [ "$command" != fleet ] || {
    options+=(-v "$PKI_VOLUME:/var/lib/sightline")
    set -- "$@" --pki "$AUTHORITY"
  }
  flock --unlock 9
  in_image --network "$CLOUD_NETWORK" --volumes-from "$PROCESSOR-1:ro" "${options[@]}" \
    -v "$OPERATOR_TLS_VOLUME:/etc/sightline/operator:ro" -e SIGHTLINE_CLOUD_CA=/etc/sightline/operator/ca.crt \
    -e SIGHTLINE_CLOUD_CERT=/etc/sightline/operator/tls.crt -e SIGHTLINE_CLOUD_KEY=/etc/sightline/operator/tls.key \
    -- node /opt/sightline/bin/run.js "$@"
}

begin_with_authority() {
  check_docker
  take_lock
  expect_authority
  use_present_image
}
