#!/usr/bin/env bash
# Sets up and runs one device with Docker Compose, for boards without Kubernetes. See --help.
# shellcheck disable=SC2034,SC2154,SC2317 # the parts in run/ read what is set here, set what is read here, call usage
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CLONE=$(cd "$here/../../.." && pwd)
STATE=${SIGHTLINE_STATE:-/etc/sightline}

usage() {
  cat <<'TEXT'
Usage: run.sh [HOST PORT] --bundle FILE|-    the first time: the bundle is what `deploy/cloud/run.sh enrol NAME` printed
       run.sh [HOST PORT] [OPTIONS]          again: takes what has changed, and leaves the rest running
       run.sh --status | --doctor | --logs [SERVICE] | --print | --start | --stop | --down [--purge --yes]

HOST PORT are the cloud broker's; without them the bundle's. Needs root, and Docker with Compose (`docker compose` or
docker-compose 1.27 or later).

  --bundle FILE|-          certificate, name and cloud of this device; - reads standard input. A newer one replaces it
                           without a restart, unless it has another name or cloud
  --source SOURCE          camera: /dev/video0, rtsp://HOST/PATH, http://…, a video file or a folder (default: /dev/video0;
                           without one the face-detector stays off)
  --camera-id ID           what the camera is called (default: camera)
  --camera-user USER       its login
  --camera-password FILE   its password, alone in a file; - asks for it
  --registry REGISTRY      pull the images from there (default: build them from this clone where they are missing)
  --build                  build the images again, after an update of the clone; leaves the registry of an earlier run
  --build-arg NAME=VALUE   for the Dockerfile, such as YUNET_FILE=models/yunet.onnx where GitHub is out of reach
  --no-build               neither build nor pull: the images are here already
  --broker-image IMAGE     another than eclipse-mosquitto:2; like the registry it is remembered
  --offline                don't try to reach the cloud's broker first
  --no-service             no systemd unit; without systemd there is none anyway
  --status                 each service, whether it is ready, and why not; certificate; link to the cloud; what waits in
                           the spool
  --doctor                 sends a test image all the way to the store and back
  --logs [SERVICE]         follows the logs: broker, face-detector, message-logger or forwarder
  --print                  shows the Compose file that comes out
  --start, --stop          as the systemd unit does; nothing is lost by it
  --down                   removes the containers; keeps configuration, certificate and what waits in the spool
  --down --purge --yes     removes those, too: captures that are not in the cloud yet are gone

Exit code 2: it can't be used like this; the reason is on standard error. 5: a service is not ready, or
the cloud not connected. 1: the cloud was not reached.

State is in /etc/sightline (or $SIGHTLINE_STATE): sightline.yaml is yours to edit, for several cameras and everything else;
then run this again. Docker's volumes hold the spool.

  ssh cloud-vm sudo sightline/deploy/cloud/run.sh enrol gate-3 | ssh gate-3 sudo sightline/deploy/edge/compose/run.sh --bundle -
  sudo deploy/edge/compose/run.sh --source rtsp://192.0.2.10/stream1 --camera-user viewer --camera-password -
TEXT
}

# shellcheck source=/dev/null
for part in words options; do . "$here/../run/$part.sh"; done

service=yes
while [ $# -gt 0 ]; do
  case $1 in
    --no-service) service='' && shift ;;
    --print | --start | --stop) action=${1#--} && shift ;;
    *) take_option "${@:1:2}" && shift "$taken" ;;
  esac
done
check_options
[ "$(id -u)" = 0 ] || [ "$action" = print ] || fail "Expected to run as root, got user $(id -un)" "sudo $0 …"

# shellcheck source=/dev/null
for part in bundle reach camera-options link; do . "$here/../run/$part.sh"; done
# shellcheck source=/dev/null
for part in state compose enrolment camera images service report; do . "$here/run/$part.sh"; done
# shellcheck source=/dev/null
. "$CLONE/deploy/cloud/run/engine.sh" # check_builder

# As a function, so that all of this is read before any of it runs: an update of the clone meanwhile changes nothing.
main() {
  case $action in
    up) ;;
    down) is_set_up || { say "nothing is set up in $STATE" && exit 0; } ;;
    *) is_set_up || fail "Expected a device that is set up in $STATE, got none" 'run.sh --bundle FILE' ;;
  esac
  read_settings
  [ "$action" = up ] || find_compose
  [ "$action" = up ] || [ "$action" = print ] || find_engine
  case $action in
    # 5 as `sightline health` has it: not ready.
    status) show_status || exit 5 ;;
    doctor) id=$(container forwarder) && exec docker exec "$id" sightline doctor ;;
    print) compose config ;;
    # At boot nothing is waited for, and the images are there.
    start) start_services ;;
    stop) compose stop ;;
    logs) compose logs -f --tail 100 ${logs_of:+"$logs_of"} ;;
    down) take_down ;;
  esac
  [ "$action" = up ] || exit 0

  make_state
  exec 9>"$STATE/lock"
  flock -n 9 || fail 'Expected to be the only one who sets up this device, but another run.sh is at it' 'Wait for it to end.'
  # First, before anything is missed: a bundle from a pipe is there once only.
  [ -z "$bundle" ] || take_bundle "$bundle"
  take_address "${address[@]}"
  make_passwords
  take_camera
  copy_broker_files
  find_compose
  find_engine
  [ -n "$offline" ] || try_cloud "$STATE/tls/ca.crt" "$STATE/tls"
  get_images
  check_configuration
  say 'starting the services'
  start_services --remove-orphans >&2
  save_settings
  flock -u 9
  [ -z "$service" ] || install_service
  wait_until_ready
}

main && exit
