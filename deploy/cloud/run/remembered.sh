# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# What was given stays until something else is given, also after --down and in a backup: it lies beside the authority.
# So `run.sh PORT BUCKET` after an upgrade undoes nothing that somebody has set months ago.

DEFAULT_PREFIX=face_detection

# Sets PROCESSORS and TOPIC_PREFIX; says what it took from before.
recall_settings() {
  local kept=()
  KEPT=$(read_kept)
  [ -n "$PROCESSORS" ] || {
    PROCESSORS=$(kept processors)
    [ "${PROCESSORS:-1}" = 1 ] || kept+=("--processors $PROCESSORS")
    PROCESSORS=${PROCESSORS:-1}
  }
  [ -n "$TOPIC_PREFIX" ] || {
    TOPIC_PREFIX=$(kept prefix)
    [ "${TOPIC_PREFIX:-$DEFAULT_PREFIX}" = "$DEFAULT_PREFIX" ] || kept+=("--topic-prefix $TOPIC_PREFIX")
    TOPIC_PREFIX=${TOPIC_PREFIX:-$DEFAULT_PREFIX}
  }
  [ -n "$ACL" ] || ! has_local_rules || kept+=('the rules of --acl (without them: --no-acl)')
  [ "${#kept[@]}" -eq 0 ] || say "as before: $(printf '%s, ' "${kept[@]}" | sed 's/, $//')"
}

# Once the broker stands: for enrol, and for the next run.
keep_settings() {
  in_image -v "$PKI_VOLUME:/var/lib/sightline" -- sh -euc '
    cd /var/lib/sightline
    put() { printf "%s\n" "$2" > ".$1" && mv -f ".$1" "$1"; }
    put address "$1"
    put prefix "$2"
    put processors "$3"
    [ -z "$4" ] || put hosts "$4"' _ "$(broker_address)" "$TOPIC_PREFIX" "$PROCESSORS" \
    "$([ "${#KEPT_NAMES[@]}" -eq 0 ] || printf '%s\n' "${KEPT_NAMES[@]}")"
}

# What keep_settings has kept: address, prefix, processors or hosts. Nothing where it never was.
kept() { sed -n "s/^$1://p" <<< "${KEPT-$(read_kept)}"; }

read_kept() {
  docker volume inspect "$PKI_VOLUME" > /dev/null 2>&1 || return 0
  in_image -v "$PKI_VOLUME:/var/lib/sightline:ro" -- sh -c \
    'cd /var/lib/sightline && grep -s "" address prefix processors hosts || true'
}
