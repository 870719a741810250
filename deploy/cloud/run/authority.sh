# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# The private certificate authority, in a volume of its own: `sightline pki` in the cloud image, without a network.

AUTHORITY=/var/lib/sightline/pki
# A certificate that ends sooner gets a successor.
RENEW_DAYS=30

# with_authority [docker's options] -- SUBCOMMAND…: `sightline SUBCOMMAND… --pki` on the volume.
with_authority() {
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  in_image -v "$PKI_VOLUME:/var/lib/sightline" "${options[@]}" -- node /opt/sightline/bin/run.js "$@" --pki "$AUTHORITY"
}

prepare_authority() {
  make_volume "$PKI_VOLUME"
  if [ -n "$CA_CERT" ]; then take_given_authority; else with_authority -- pki init > /dev/null; fi
}

# --ca-cert and --ca-key: into the container's memory by its input, since a file of this machine is not to be seen in there.
# The same ones again change nothing, others are refused.
take_given_authority() {
  { base64 -w 0 "$CA_CERT" && echo && base64 -w 0 "$CA_KEY" && echo; } |
    { in_image -i -v "$PKI_VOLUME:/var/lib/sightline" -- sh -euc '
      umask 077
      read -r cert
      read -r key
      printf %s "$cert" | base64 -d > /tmp/ca-cert
      printf %s "$key" | base64 -d > /tmp/ca-key
      node /opt/sightline/bin/run.js pki init --ca-cert /tmp/ca-cert --ca-key /tmp/ca-key --pki "$1" > /dev/null' \
      _ "$AUTHORITY" 2>&1 >&3 3>&- | sed "s|/tmp/ca-cert|$CA_CERT|g; s|/tmp/ca-key|$CA_KEY|g
        s|Name another folder with --pki.|Away with the one of this machine, and with all devices: run.sh --down --purge --yes|" >&2; } 3>&1
}

expect_authority() {
  docker volume inspect "$PKI_VOLUME" > /dev/null 2>&1 ||
    fail 'Expected a certificate authority on this machine, found none.' 'Start it first: run.sh PORT BUCKET'
}

# ensure_certificate VOLUME WHAT MODE PUBLIC_NAMES… -- PKI-COMMAND…: issued anew when there is none that fits. Whoever uses it reads
# it again by itself; nothing restarts.
ensure_certificate() {
  local volume=$1 what=$2 mode=$3 names=() reason
  shift 3
  while [ "$1" != -- ]; do
    names+=("$1")
    shift
  done
  shift
  make_volume "$volume"
  reason=$(in_image -i -v "$PKI_VOLUME:/var/lib/sightline:ro" -v "$volume:/tls:ro" -- node --input-type=module - \
    /tls "$AUTHORITY/ca.crt" "$RENEW_DAYS" "${names[@]}" < "$HERE/run/certificate-fits.js") && return
  say "certificate of the $what: new (${reason:-unreadable})"
  # Into a folder beside, then file by file: a broker that looks meanwhile waits until certificate and key belong together.
  with_authority -v "$volume:/tls" -- pki "$@" --out /tls/.new > /dev/null
  in_image -v "$volume:/tls" -- sh -euc '
    cd /tls/.new
    chmod "$1" tls.key
    chmod 0644 *.cr?
    chmod 0755 ..
    for file in *; do mv -f "$file" ..; done
    rmdir ../.new' _ "$mode"
}

ensure_processor_certificate() { ensure_certificate "$PROCESSOR_TLS_VOLUME" processors 0600 -- processor; }
ensure_operator_certificate() { ensure_certificate "$OPERATOR_TLS_VOLUME" operator 0600 -- operator; }

# The broker looks at its copy of the revocation list every few seconds.
publish_revocations() {
  make_volume "$BROKER_TLS_VOLUME"
  in_image -v "$PKI_VOLUME:/var/lib/sightline:ro" -v "$BROKER_TLS_VOLUME:/tls" -- sh -euc '
    cmp -s "$1/ca.crl" /tls/ca.crl && exit
    cp "$1/ca.crl" /tls/.ca.crl
    chmod 0644 /tls/.ca.crl
    mv -f /tls/.ca.crl /tls/ca.crl' _ "$AUTHORITY"
}
