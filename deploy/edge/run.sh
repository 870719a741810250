#!/usr/bin/env bash
# Sets up and runs one device on k3s, or on any other Kubernetes that has its node here. See --help.
# For boards without Kubernetes: compose/run.sh, which understands the same.
# shellcheck disable=SC2034,SC2154,SC2317 # the parts in run/ read what is set here, set what is read here, call usage
set -euo pipefail

HERE=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
CLONE=$(cd "$HERE/../.." && pwd)
STATE=${SIGHTLINE_STATE:-/etc/sightline}/kubernetes

usage() {
  cat <<'TEXT'
Usage: run.sh [HOST PORT] --bundle FILE|-    the first time: the bundle is what `deploy/cloud/run.sh enrol NAME` printed
       run.sh [HOST PORT] [OPTIONS]          again: takes what has changed, and leaves the rest running
       run.sh --status | --doctor | --logs [SERVICE] | --dry-run | --down [--purge --yes]

HOST PORT are the cloud broker's; without them the bundle's. Needs root where k3s' own configuration is root's.

  --bundle FILE|-          certificate, name and cloud of this device; - reads standard input. A newer one replaces it
                           without a restart, unless it has another name or cloud
  --source SOURCE          camera: /dev/video0, rtsp://HOST/PATH, http://… (default: /dev/video0; without
                           one the face-detector stays off)
  --camera-id ID           what the camera is called (default: camera)
  --camera-user USER       its login
  --camera-password FILE   its password, alone in a file; - asks for it
  --own-program            make a password for programs of yours that publish pictures (README.md)
  --overlay NAME           amd64, raspberry-pi, jetson, base, or a folder of your own (default: by this machine)
  --node NAME              which node is this device, where the cluster has several (default: this machine's)
  --namespace NAME         default: sightline; it is made, one of somebody else is refused
  --registry REGISTRY      pull our images from there (default: build them from this clone where they are missing)
  --broker-image IMAGE     another than eclipse-mosquitto:2; like the registry it is remembered
  --build                  build the images again, after an update of the clone; leaves the registry of an earlier run
  --build-arg NAME=VALUE   for the Dockerfile, such as YUNET_FILE=models/yunet.onnx where GitHub is out of reach
  --no-build               the images are in the node's containerd already
  --offline                don't try to reach the cloud's broker first
  --install-k3s            install k3s where there is none, by its own script from https://get.k3s.io
  --dry-run                print the manifests (no secrets are in them); change nothing, ask no cluster
  --status                 each service, whether it is ready, and why not; certificate; link to the cloud; what waits in
                           the spool
  --doctor                 send a test image all the way to the store and back
  --logs [SERVICE]         follow the logs: broker, face-detector, message-logger or forwarder
  --down                   remove the services; keeps configuration, certificate and what waits in the spool
  --down --purge --yes     remove those, too: captures that are not in the cloud yet are gone

State is in /etc/sightline/kubernetes (or $SIGHTLINE_STATE/kubernetes): sightline.yaml there is yours to edit, for several
cameras and everything else; then run this again.

  ssh cloud sudo sightline/deploy/cloud/run.sh enrol gate-3 | ssh gate-3 sudo sightline/deploy/edge/run.sh --bundle -
  sudo deploy/edge/run.sh --source rtsp://192.0.2.10/stream1 --camera-user viewer --camera-password -

Exit codes: 0 done, and all is ready; 1 it failed, or something is not ready, and why; 2 it can't be done so.
TEXT
}

# shellcheck source=/dev/null
for part in words options; do . "$HERE/run/$part.sh"; done

# All of it is read before any of it runs: the clone may be updated meanwhile.
main() {
  overlay='' node='' namespace='' install_k3s='' own_program=''
  while [ $# -gt 0 ]; do
    case $1 in
      --overlay | --node | --namespace) take_value "$1" "${2:-}" && shift 2 ;;
      --own-program) own_program=yes && shift ;;
      --install-k3s) install_k3s=yes && shift ;;
      --dry-run) action=dry-run && shift ;;
      *) take_option "${@:1:2}" && shift "$taken" ;;
    esac
  done
  check_options

  # shellcheck source=/dev/null
  for part in bundle reach link enrolment state camera-options camera cluster namespace images site secrets report; do . "$HERE/run/$part.sh"; done
  # shellcheck source=/dev/null
  . "$CLONE/deploy/cloud/run/engine.sh" # check_builder

  case $action in
    status | doctor | logs | down)
      open_state
      find_cluster
      case $action in
        status) show_status || exit 1 ;;
        doctor) run_doctor ;;
        logs) follow_logs ;;
        down) take_down ;;
      esac
      exit
      ;;
    dry-run) copy_state ;;
    up) make_state ;;
  esac

  # First what can be wrong here, then what can be wrong there; the cluster is touched last.
  read_bundle "$bundle"
  take_address "${address[@]}"
  take_settings
  take_camera
  find_kustomize
  if [ "$action" = dry-run ]; then
    write_site
    kustomize_site
    exit
  fi
  find_cluster
  find_node
  check_namespace
  [ -n "$offline" ] || try_cloud "${bundle_folder:-$STATE}/ca.crt" "${bundle_folder:-}"
  write_site
  manifests=$(kustomize_site)
  get_images
  apply_secrets
  apply_manifests "$manifests"
  save_settings
  wait_until_ready
}

main "$@"
exit
