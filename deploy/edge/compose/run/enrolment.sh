# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# The bundle on its way to where the services read it. Part of run.sh.

# take_bundle FILE|-: puts certificate and settings of an enrolment in place, wholly or not at all.
take_bundle() {
  local folder name
  # Beside its place, so that the key never crosses to another file system, and root's alone.
  folder=$(mktemp -d -p "$STATE")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$folder'" EXIT
  unpack_bundle "$1" "$folder"
  chown 10001:10001 "$folder"/ca.crt "$folder"/tls.*
  chmod 444 "$folder/ca.crt" "$folder/tls.crt"
  chmod 400 "$folder/tls.key"
  for name in ca.crt tls.key tls.crt; do mv -f "$folder/$name" "$STATE/tls/$name"; done
  chmod 644 "$folder/sightline.env"
  mv -f "$folder/sightline.env" "$STATE/sightline.env"
  rm -rf "$folder"
  trap - EXIT
  say "enrolled as $device"
}

# take_address [HOST PORT]: where the cloud broker is, over what the bundle says.
take_address() {
  local file=$STATE/sightline.env
  [ -e "$file" ] || fail 'Expected a bundle, got none, and this device has no certificate yet' \
    'In the cloud: deploy/cloud/run.sh enrol NAME > NAME.bundle; here: run.sh --bundle NAME.bundle'
  device=$(value_of SIGHTLINE_DEVICE "$file")
  if [ $# -eq 2 ]; then
    host=$1 port=$2
    check_address
    {
      grep -v '^SIGHTLINE_CLOUD_BROKER=' "$file" || true
      echo "SIGHTLINE_CLOUD_BROKER=mqtts://$(in_url "$host"):$port"
    } >"$file.new"
    chmod 644 "$file.new"
    mv "$file.new" "$file"
  fi
  read_cloud_url "$(value_of SIGHTLINE_CLOUD_BROKER "$file")"
  check_address
}
