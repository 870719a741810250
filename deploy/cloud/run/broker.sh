# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# Mosquitto with TLS on both sides: the one thing that is open to the world.

start_broker() {
  local local_rules=()
  put_broker_files
  ! has_local_rules || local_rules=(-v "$BROKER_LOCAL_VOLUME:/mosquitto/local:ro")
  # The folder with its certificate has the revocation list, too. Changed rules and settings: their hash is in a label.
  ensure_container "$BROKER" "$BROKER_IMAGE" \
    --publish "$PORT:$BROKER_PORT" --hostname "$BROKER" --user 1883:1883 --group-add 10001 --memory 512m \
    -v "$BROKER_CONFIG_VOLUME:/mosquitto/config:ro" "${local_rules[@]}" \
    -v "$BROKER_TLS_VOLUME:/mosquitto/tls:ro" -v "$BROKER_TLS_VOLUME:/mosquitto/crl:ro" \
    -v "$BROKER_DATA_VOLUME:/mosquitto/data" \
    -e "SIGHTLINE_TOPIC_PREFIX=$TOPIC_PREFIX" -e "SIGHTLINE_BROKER_PORT=$BROKER_PORT" -e SIGHTLINE_BROKER_CHECK_SECONDS=3 \
    --health-cmd '/bin/sh /mosquitto/config/entrypoint.sh health' --health-interval 30s --health-timeout 5s \
    --label "dev.sightline.files=$(broker_files_hash)" \
    --entrypoint /bin/sh -- /mosquitto/config/entrypoint.sh cloud
  wait_until 30 broker_listens || fail 'Expected the broker to listen within 30 s, but it does not. Its last words:' \
    "$(docker logs --tail 5 "$BROKER" 2>&1)"
  [ "$NO_ACL" = false ] || remove_volume "$BROKER_LOCAL_VOLUME"
}

# Rules of the machine's owner, given now or before.
has_local_rules() {
  [ "$NO_ACL" = false ] && { [ -n "$ACL" ] || docker volume inspect "$BROKER_LOCAL_VOLUME" > /dev/null 2>&1; }
}

# Before a broker that works is ended for one that can't start.
expect_port() {
  local said ports
  ports=$(docker port "$BROKER" 2> /dev/null || true)
  ! grep -q ":$PORT\$" <<< "$ports" || return 0
  said=$(docker run "${PASSING[@]}" "${HARDENED[@]}" --publish "$PORT:$BROKER_PORT" --entrypoint true "$IMAGE" 2>&1) ||
    explain_run_failure "$BROKER" "${said##*docker: }"
}

# Lets another Mosquitto try rules, prefix and configuration, before the one that works gets them.
check_broker_files() {
  local folder said former=()
  folder=$(gather_broker_files)
  # Rules that were given before and stay.
  if has_local_rules && [ -z "$ACL" ]; then former=(-v "$BROKER_LOCAL_VOLUME:/mosquitto/local:ro"); fi
  said=$(tar -C "$folder" -cf - . | docker run "${PASSING[@]}" -i --network none "${HARDENED[@]}" \
    --user 1883:1883 --group-add 10001 --memory 512m "${former[@]}" \
    -v "$BROKER_TLS_VOLUME:/mosquitto/tls:ro" -v "$BROKER_TLS_VOLUME:/mosquitto/crl:ro" \
    -e "SIGHTLINE_TOPIC_PREFIX=$TOPIC_PREFIX" -e SIGHTLINE_BROKER_ROOT=/tmp/try --entrypoint /bin/sh "$BROKER_IMAGE" -euc '
      mkdir /tmp/try /tmp/try/data
      cd /tmp/try
      tar -xf -
      ln -s /mosquitto/tls /mosquitto/crl .
      [ ! -e /mosquitto/local/acl.local ] || { rm -rf local && ln -s /mosquitto/local .; }
      /bin/sh config/entrypoint.sh check cloud' 2>&1) || {
    rm -rf "$folder"
    said=${said//\/tmp\/try\/local\/acl.local/${ACL:-the rules given by --acl}}
    fail 'Expected rules and settings that the broker can use; nothing was changed. It says:' "${said#sightline-broker: }"
  }
  rm -rf "$folder"
}

gather_broker_files() {
  local folder
  folder=$(mktemp -d)
  mkdir "$folder/config" "$folder/local"
  cp "$CLONE"/deploy/broker/*.sh "$CLONE"/deploy/broker/cloud.* "$folder/config"
  [ -z "$ACL" ] || cp "$ACL" "$folder/local/acl.local"
  printf '%s\n' "$folder"
}

put_broker_files() {
  local folder
  folder=$(gather_broker_files)
  put_files "$BROKER_CONFIG_VOLUME" "$folder/config"
  [ -z "$ACL" ] || put_files "$BROKER_LOCAL_VOLUME" "$folder/local"
  rm -rf "$folder"
  docker volume create --label "$LABEL" "$BROKER_DATA_VOLUME" > /dev/null
}

# Without --acl's: the broker takes changed rules by itself.
broker_files_hash() {
  cat "$CLONE"/deploy/broker/*.sh "$CLONE/deploy/broker/cloud.conf" | sha256sum | cut -c 1-16
}

# Everything that it has kept for others, of whomever. No capture is lost by that: whoever sent one keeps it until it is stored.
# Devices that are connected tell of themselves anew; the list knows those that are away when they come back.
empty_broker() {
  [ -n "$(state_of "$BROKER")" ] || fail 'Expected a broker on this machine, found none.' 'Start it: run.sh PORT BUCKET'
  docker stop --time 15 "$BROKER" > /dev/null
  docker run "${PASSING[@]}" --network none "${HARDENED[@]}" --user 1883:1883 -v "$BROKER_DATA_VOLUME:/mosquitto/data" \
    --entrypoint /bin/sh "$(docker inspect --format '{{.Image}}' "$BROKER")" -c 'rm -f /mosquitto/data/mosquitto.db*'
  docker start "$BROKER" > /dev/null
  wait_until 30 broker_listens || fail 'Expected the broker to listen within 30 s, but it does not. Its last words:' \
    "$(docker logs --tail 5 "$BROKER" 2>&1)"
  say 'the broker keeps nothing any more; the device is locked out'
}

broker_listens() { docker exec "$BROKER" /bin/sh /mosquitto/config/entrypoint.sh health > /dev/null 2>&1; }
