# shellcheck shell=bash
# `run.sh PORT BUCKET`: every step looks first whether there is anything to do.

bring_up() {
  read_settings "$@"
  check_docker
  take_lock
  prepare_images
  make_network
  prepare_authority
  read_metadata
  choose_names
  prepare_store
  ensure_server_certificate
  ensure_processor_certificate
  prepare_group
  publish_revocations
  keep_names
  start_broker
  start_processors
  retire_processors
  remove_unused_credentials
  remove_former_image
  report_success
}

make_network() {
  docker network inspect "$CLOUD_NETWORK" > /dev/null 2>&1 || docker network create --label "$LABEL" "$CLOUD_NETWORK" > /dev/null
}

report_success() {
  cat <<TEXT
ready: $PROCESSORS processor(s) store what devices send to $(broker_address) in $BUCKET

  devices reach it as  ${PUBLIC_NAMES[*]}   (others: --host NAME)
  open in the firewall TCP $PORT, nothing else
  the next device      $HERE/run.sh enrol NAME | ssh DEVICE sudo sightline/deploy/edge/run.sh --bundle -
  how it is            $HERE/run.sh status
  keep elsewhere       $HERE/run.sh backup FILE
$(timer_hint)
TEXT
}
