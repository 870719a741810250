# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# The authority in a file. Who has it can make devices; who has lost it enrols every device anew.

backup() {
  [ $# -eq 1 ] || fail_usage 'Expected the file to write, or - for standard output.'
  [ "$1" != - ] || [ ! -t 1 ] || fail 'Expected a pipe behind -, got a terminal.'
  check_docker
  take_lock
  expect_authority
  use_present_image
  if [ "$1" = - ]; then
    pack_authority
    return
  fi
  (umask 077 && pack_authority > "$1.part") || { rm -f "$1.part"; fail "Expected to write $1, but could not."; }
  mv -f "$1.part" "$1"
  say "written to $1. It holds the private key of the authority: keep it where only you can read it, not on this machine."
}

pack_authority() {
  in_image -v "$PKI_VOLUME:/var/lib/sightline:ro" -- tar -C /var/lib/sightline -czf - .
}

# On a new machine; certificates of broker and processors are made at the next start.
restore() {
  { [ $# -ge 1 ] && [ $# -le 3 ]; } || fail_usage 'Expected the file that backup wrote.'
  local file=$1
  shift
  if [ "${1:-}" = --registry ] && [ $# -eq 2 ]; then
    # shellcheck disable=SC2034 # read by prepare_images
    REGISTRY=$2
    shift 2
  fi
  no_arguments_left restore "$@"
  [ -r "$file" ] || fail "Expected a file that can be read at $file, got none."
  check_docker
  take_lock
  prepare_images
  make_volume "$PKI_VOLUME"
  in_image -v "$PKI_VOLUME:/var/lib/sightline" -- sh -c '[ ! -e /var/lib/sightline/pki/ca.key ]' ||
    fail 'Expected no authority on this machine, but there is one.' 'Away with it: run.sh --down --purge --yes'
  in_image -i -v "$PKI_VOLUME:/var/lib/sightline" -- sh -euc '
    cd /var/lib/sightline
    tar -xzf - --no-same-owner
    [ -e pki/ca.key ] && [ -e pki/ca.crt ]' < "$file" || {
    remove_volume "$PKI_VOLUME"
    fail "Expected a backup of the authority in $file, got something else."
  }
  with_authority -- pki list > /dev/null
  say 'restored. Start it: run.sh PORT BUCKET'
}
