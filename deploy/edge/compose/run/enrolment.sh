# shellcheck shell=bash disable=SC2154
# Who this device is, and where its cloud. Part of run.sh.

# take_bundle FILE|-: puts certificate and settings of an enrolment in place, wholly or not at all.
take_bundle() {
  local folder text name line
  # Beside its place, so that the key never crosses to another file system, and root's alone.
  folder=$(mktemp -d "$STATE/bundle-XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$folder'" EXIT
  if [ "$1" = - ]; then text=$(cat); else text=$(cat "$1") || fail "--bundle: Expected a file that can be read, got $1"; fi
  [ -n "$text" ] || fail '--bundle: Expected a bundle, got nothing' 'Did the enrolment before the | fail? Its reason is above.'
  base64 -d <<<"$text" >"$folder/tar.gz" 2>/dev/null || true
  [ "$(tar -tzf "$folder/tar.gz" 2>/dev/null | sed 's#^\./##' | sort | tr '\n' ' ')" = 'ca.crt sightline.env tls.crt tls.key ' ] ||
    fail "--bundle: Expected what 'run.sh enrol NAME' printed in the cloud, got something else" 'Was it cut off, or is it a file of another kind?'
  tar -xzf "$folder/tar.gz" -C "$folder" --no-same-owner
  for name in ca.crt tls.crt tls.key sightline.env; do
    if [ ! -f "$folder/$name" ] || [ -L "$folder/$name" ]; then fail "--bundle: Expected a plain file $name in it"; fi
  done
  while read -r line; do
    [[ $line =~ ^SIGHTLINE_(DEVICE|CLOUD_BROKER|TOPIC_PREFIX)=[]A-Za-z0-9._:/@[-]+$ ]] || fail "--bundle: Expected SIGHTLINE_DEVICE, SIGHTLINE_CLOUD_BROKER and SIGHTLINE_TOPIC_PREFIX alone, got a line $line"
  done <"$folder/sightline.env"
  [[ $(value_of SIGHTLINE_DEVICE "$folder/sightline.env") =~ ^[a-z0-9][a-z0-9-]{0,47}$ ]] || fail '--bundle: Expected the name of a device in it'
  chown 10001:10001 "$folder"/ca.crt "$folder"/tls.*
  chmod 444 "$folder/ca.crt" "$folder/tls.crt"
  chmod 400 "$folder/tls.key"
  for name in ca.crt tls.key tls.crt; do mv -f "$folder/$name" "$STATE/tls/$name"; done
  chmod 644 "$folder/sightline.env"
  mv -f "$folder/sightline.env" "$STATE/sightline.env"
  rm -rf "$folder"
  trap - EXIT
  say "enrolled as $(value_of SIGHTLINE_DEVICE "$STATE/sightline.env")"
}

# take_address [HOST PORT]: where the cloud broker is, over what the bundle says.
take_address() {
  local file=$STATE/sightline.env
  [ -e "$file" ] || fail 'Expected a bundle, got none, and this device has no certificate yet' \
    'In the cloud: deploy/cloud/run.sh enrol NAME > NAME.bundle; here: run.sh --bundle NAME.bundle'
  if [ $# -eq 2 ]; then
    [[ $1 =~ ^[A-Za-z0-9.:-]+$ ]] || fail "HOST: Expected a name or an address, got '$1'"
    [[ $2 =~ ^[1-9][0-9]{0,4}$ && $2 -le 65535 ]] || fail "PORT: Expected a number from 1 to 65535, got '$2'"
    local host=$1
    [[ $host != *:* ]] || host="[$host]"
    {
      grep -v '^SIGHTLINE_CLOUD_BROKER=' "$file" || true
      echo "SIGHTLINE_CLOUD_BROKER=mqtts://$host:$2"
    } >"$file.new"
    chmod 644 "$file.new"
    mv "$file.new" "$file"
  fi
  [ -n "$(value_of SIGHTLINE_CLOUD_BROKER "$file")" ] || fail 'Expected HOST PORT of the cloud broker: the bundle does not say'
}
