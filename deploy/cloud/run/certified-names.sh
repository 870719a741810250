# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# The broker's certificate, and the names in it: whoever connects by another one turns away.

# tell_leaving CERTIFIED: names that the next certificate will not have. Where every name is in it already, it stays as it is.
tell_leaving() {
  local name is_new=false wanted
  wanted=$(printf '%s\n' "${PUBLIC_NAMES[@]}")
  for name in "${PUBLIC_NAMES[@]}"; do
    grep -qxF -e "$name" <<< "$1" || is_new=true
  done
  [ "$is_new" = true ] || [ "${#FORGOTTEN_HOSTS[@]}" -gt 0 ] || return 0
  for name in $1; do
    grep -qxF -e "$name" <<< "$wanted" ||
      say "warning: $name leaves the certificate: devices that reach the broker by it are out (with it: --host $name)"
  done
}

# The names in the broker's certificate, as they were given; nothing where there is none.
names_in_certificate() {
  docker volume inspect "$BROKER_TLS_VOLUME" > /dev/null 2>&1 || return 0
  in_image -v "$BROKER_TLS_VOLUME:/tls:ro" -- sh -c '[ ! -s /tls/tls.crt ] || node -p "$1"' _ "
    new crypto.X509Certificate(fs.readFileSync('/tls/tls.crt')).subjectAltName.split(', ')
      .map((name) => name.replace(/^(DNS|IP Address):/, ''))
      .map((name) => (name.includes(':') ? new URL('mqtts://[' + name + ']').hostname.slice(1, -1) : name))
      .filter((name) => name !== '$BROKER').join('\n')"
}

# certify_broker NAME…: a certificate that has these names can stay. !NAME: one without this name.
certify_broker() {
  local hosts=() name
  for name in "${PUBLIC_NAMES[@]}" "$BROKER"; do hosts+=(--host "$name"); done
  # The broker's user is another one; it reads the key by its group.
  ensure_certificate "$BROKER_TLS_VOLUME" broker 0640 "$@" -- server "${hosts[@]}"
}

# Before the broker starts: whatever lets it start. Names come and go once it stands.
ensure_broker_certificate() { certify_broker "$BROKER"; }
certify_names() { certify_broker "${PUBLIC_NAMES[@]}" "$BROKER" "${FORGOTTEN_HOSTS[@]/#/!}"; }
