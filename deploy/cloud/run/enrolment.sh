# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# Who may come in: devices, and the operator who looks after them.

DEVICE_NAME='^[a-z0-9][a-z0-9-]{0,47}$'

# take_name OPTION WORD…: sets the caller's name, and given where the one option that it knows is among the words.
take_name() {
  local option=$1
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      "$option") given=("$option") ;;
      -*) fail_usage "Expected $option or nothing, got \"$1\"." ;;
      *)
        [ -z "$name" ] || fail_usage "Expected one name, got \"$1\" besides."
        name=$1 ;;
    esac
    shift
  done
}

# The bundle goes to standard output, alone, so that it can be piped into the device.
enrol() {
  local name='' given=() address
  take_name --again "$@"
  [[ $name =~ $DEVICE_NAME ]] ||
    fail_usage "Expected a device's name (a-z, 0-9 and -, at most 48), got \"$name\"."
  [ ! -t 1 ] || fail 'Expected a pipe or a file to write the bundle to, got a terminal: it holds a private key.' \
    "run.sh enrol $name | ssh DEVICE sudo sightline/deploy/edge/run.sh --bundle -" \
    "(umask 077; run.sh enrol $name > $name.bundle)"
  begin_with_authority
  address=$(kept address)
  [ -n "$address" ] || fail 'Expected to know how devices reach this machine, but it was never started.' 'run.sh PORT BUCKET'
  in_own_words with_authority -- fleet enrol "$name" --broker "$address" --topic-prefix "$(kept prefix)" "${given[@]}"
  publish_revocations
  say "Its broker is $address."
}

# What a device had the broker retain stays there, unless it is cleared.
revoke() {
  local name='' given=()
  take_name --clear "$@"
  [ -n "$name" ] || fail_usage 'Expected the name of a device, or the serial number of a certificate.'
  begin_with_authority
  with_authority -- pki revoke "$name"
  publish_revocations
  if [ "${#given[@]}" -gt 0 ]; then
    empty_broker
  else
    say 'the broker knows it within seconds, and closes the connection'
  fi
}

# `sightline pki` itself. What it writes with --out is carried out of the container into that folder of this machine.
pki_by_hand() {
  [ $# -gt 0 ] || set -- --help
  local words=() out=''
  while [ $# -gt 0 ]; do
    case $1 in
      --out)
        [ -n "${2:-}" ] || fail_usage 'Expected a folder after --out, got nothing.'
        out=$2
        shift ;;
      --out=*) out=${1#--out=} ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  begin_with_authority
  if [ -z "$out" ]; then
    with_authority -- pki "${words[@]}"
  else
    (umask 077 && mkdir -p "$out")
    local codes=(0 0)
    in_image -v "$PKI_VOLUME:/var/lib/sightline" -- sh -euc '
      out=$1 && shift
      said=$(node /opt/sightline/bin/run.js pki "$@" --out /tmp/out)
      printf "%s\n" "$said" | sed "s|^/tmp/out|$out|" >&2
      cd /tmp/out && tar -cf - *' _ "$out" "${words[@]}" --pki "$AUTHORITY" | tar -C "$out" -xf - --no-same-owner 2> /dev/null || codes=("${PIPESTATUS[@]}")
    [ "${codes[0]}" -eq 0 ] || exit "${codes[0]}"
    [ "${codes[1]}" -eq 0 ] || fail "Expected to write the files into $out, but could not."
  fi
  publish_revocations
}

# A new certificate for an enrolled device, as a bundle; the one that it has stays good until it ends, so nothing is cut.
renew_device() {
  [[ $1 =~ $DEVICE_NAME ]] || fail_usage "Expected a device's name, --all, --install-timer or nothing, got \"$1\"."
  [ ! -t 1 ] || fail 'Expected a pipe or a file to write the bundle to, got a terminal: it holds a private key.'
  begin_with_authority
  in_own_words in_image -v "$PKI_VOLUME:/var/lib/sightline" -- sh -euc '
    umask 077
    mkdir /tmp/bundle && cd /tmp/bundle
    node /opt/sightline/bin/run.js pki renew "$1" --out . --pki "$2" > /dev/null
    printf "SIGHTLINE_DEVICE=%s\nSIGHTLINE_CLOUD_BROKER=%s\n" "$1" "$3" > sightline.env
    [ "$4" = face_detection ] || printf "SIGHTLINE_TOPIC_PREFIX=%s\n" "$4" >> sightline.env
    tar --owner 0 --group 0 -czf - ca.crt tls.crt tls.key sightline.env | base64' \
    _ "$1" "$AUTHORITY" "$(kept address)" "$(kept prefix)"
  say "$1 has a new certificate, in this bundle alone: give it to the device and keep no copy."
}

# in_own_words COMMAND…: hints of the programs name `sightline pki`; on this machine these are commands of run.sh.
in_own_words() {
  { "$@" 2>&1 >&3 3>&- |
    sed -E 's/`sightline pki device /`run.sh enrol /g; s/`sightline pki (renew|revoke) /`run.sh \1 /g
      s/`sightline pki /`run.sh pki /g' >&2; } 3>&1
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
