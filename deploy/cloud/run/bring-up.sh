# shellcheck shell=bash
# `run.sh PORT BUCKET`: every step looks first whether there is anything to do. What can be found wrong is found before
# anything that works is changed; what devices depend on (names, port, prefix) changes once the broker stands.

bring_up() {
  read_settings "$@"
  check_docker
  take_lock
  prepare_images
  recall_settings
  expect_port
  make_network
  read_metadata
  choose_names
  prepare_store
  prepare_authority
  ensure_broker_certificate
  ensure_processor_certificate
  prepare_group
  publish_revocations
  check_processor_settings
  check_broker_files
  start_broker
  certify_names
  keep_settings
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

  devices reach it as  ${PUBLIC_NAMES[*]}   (one more: --host NAME)
  open in the firewall TCP $PORT, nothing else
  the next device      $HERE/run.sh enrol NAME | ssh DEVICE sudo sightline/deploy/edge/run.sh --bundle -
  how it is            $HERE/run.sh status
  keep elsewhere       $HERE/run.sh backup FILE
$(timer_hint)
TEXT
}
