# shellcheck shell=bash disable=SC2154,SC2034
# The bundle on its way into the cluster. Part of run.sh.

# A bundle is given out once, so it stays until the cluster has it: a run that fails goes on the next time.
# read_bundle [FILE|-]
read_bundle() {
  if [ -n "$1" ]; then
    mkdir "$scratch/bundle"
    unpack_bundle "$1" "$scratch/bundle"
    rm -rf "$STATE/bundle"
    mv "$scratch/bundle" "$STATE/bundle"
  fi
  [ -d "$STATE/bundle" ] || return 0
  bundle_folder=$STATE/bundle
  device=$(value_of SIGHTLINE_DEVICE "$bundle_folder/sightline.env")
  topic_prefix=$(value_of SIGHTLINE_TOPIC_PREFIX "$bundle_folder/sightline.env")
  topic_prefix=${topic_prefix:-face_detection}
}

# take_address [HOST PORT]: where the cloud broker is: what is given wins over the bundle, the bundle over what was.
take_address() {
  if [ $# -eq 2 ]; then
    host=$1 port=$2
  elif [ -n "${bundle_folder:-}" ]; then
    read_cloud_url "$(value_of SIGHTLINE_CLOUD_BROKER "$bundle_folder/sightline.env")"
  fi
  read_settings
  if [ -z "$device" ] && [ "$action" = up ]; then
    fail 'Expected a bundle, got none, and this device has no certificate yet' \
      'In the cloud: deploy/cloud/run.sh enrol NAME > NAME.bundle; here: run.sh --bundle NAME.bundle'
  fi
  # A dry run may look at the manifests before anybody was enrolled.
  if [ "$action" = dry-run ]; then host=${host:-cloud.example} port=${port:-8883}; fi
  check_address
}
