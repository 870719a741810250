# shellcheck shell=bash
# The image-processors. They keep nothing, so any number of them may come and go; each has its own name in receipts.

READY_SECONDS=30

# Mosquitto lets everybody join a group of subscribers whose name he knows, and a device in that of the processors would take
# its turn of the captures from them (deploy/broker/cloud.acl). So it has a random name, made once, beside their certificate.
prepare_group() {
  in_image -v "$PROCESSOR_TLS_VOLUME:/tls" -- sh -euc '
    [ -s /tls/group ] && exit
    umask 077
    od -An -N 16 -t x1 /dev/urandom | tr -d " \n" > /tls/.group
    mv /tls/.group /tls/group'
}

# One after the other: a setting that does not work stops at the first, and the others go on as they were.
start_processors() {
  local number
  for ((number = 1; number <= PROCESSORS; number += 1)); do
    processor_settings "$number"
    ensure_container "$PROCESSOR-$number" "$IMAGE" \
      --hostname "processor-$number" --memory 512m --stop-timeout 15 "${PROCESSOR_SETTINGS[@]}" -- image-processor
    expect_ready "$PROCESSOR-$number"
  done
}

# Sets PROCESSOR_SETTINGS for the processor of a number.
processor_settings() {
  PROCESSOR_SETTINGS=(-v "$PROCESSOR_TLS_VOLUME:/etc/sightline/tls:ro" --tmpfs /var/lib/sightline:size=1m
    -e "SIGHTLINE_PROCESSOR_ID=processor-$1" -e "SIGHTLINE_TOPIC_PREFIX=$TOPIC_PREFIX"
    -e "SIGHTLINE_CLOUD_BROKER=mqtts://$BROKER:$BROKER_PORT" -e SIGHTLINE_CLOUD_CA=/etc/sightline/tls/ca.crt
    -e SIGHTLINE_CLOUD_CERT=/etc/sightline/tls/tls.crt -e SIGHTLINE_CLOUD_KEY=/etc/sightline/tls/tls.key
    -e SIGHTLINE_PROCESSOR_GROUP_FILE=/etc/sightline/tls/group "${STORE[@]}")
}

# What no processor could start with, found before the broker or a processor is replaced.
check_processor_settings() {
  local said
  processor_settings 1
  said=$(in_image "${PROCESSOR_SETTINGS[@]}" -- node /opt/sightline/bin/run.js check-config 2>&1) ||
    fail 'Expected settings that a processor can use; nothing was changed. It says:' "${said#sightline: }"
}

retire_processors() {
  local name number
  for name in $(processors); do
    number=${name#"$PROCESSOR-"}
    [ "$number" -le "$PROCESSORS" ] && continue
    say "$name: no longer wanted"
    remove_container "$name"
  done
}

# The names of all that there are, by number.
processors() {
  docker ps --all --filter label="$LABEL" --format '{{.Names}}' | grep -E "^$PROCESSOR-[0-9]+\$" | sort -t - -k 4n || true
}

# A processor is ready when it has the broker, and has put and removed a small object in the bucket.
expect_ready() {
  local name=$1
  wait_until "$READY_SECONDS" is_settled "$name" || true
  case $(state_of "$name") in
    running) ;;
    *)
      fail "Expected $name to run, but it ended. Its last words:" "$(docker logs --tail 5 "$name" 2>&1)" ;;
  esac
  CHECKS=$(checks_of "$name") || fail "Expected $name to be ready within $READY_SECONDS s, but:" \
    "$(grep -v '^ok\|^not ready' <<< "$CHECKS" || true)" \
    'It goes on trying by itself. Correct it and run this again; all of its log: run.sh logs'
}

# Ready, or ended: in both cases there is nothing to wait for.
is_settled() {
  checks_of "$1" > /dev/null || case $(docker inspect --format '{{.RestartCount}} {{.State.Status}}' "$1") in
    '0 running') false ;;
    *) true ;;
  esac
}

checks_of() { docker exec "$1" node /opt/sightline/bin/run.js health image-processor 2>&1; }
