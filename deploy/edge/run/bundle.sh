# shellcheck shell=bash disable=SC2154,SC2034
# The bundle of an enrolment: who this device is, and where its cloud. Part of both run.sh, on k3s and with Compose.

# A line KEY=VALUE of one of our own files; nothing in them is run.
value_of() { [ ! -r "$2" ] || sed -n "s/^$1=//p" "$2" | tail -n 1; }

# unpack_bundle FILE|- FOLDER: into a folder of root's own; nothing is in place before all of it was looked at. Sets device.
unpack_bundle() {
  local folder=$2 text name line
  if [ "$1" = - ]; then text=$(cat); else text=$(cat -- "$1" 2>/dev/null) || fail "--bundle: Expected a file that can be read, got $1"; fi
  [ -n "$text" ] || fail '--bundle: Expected a bundle, got nothing' 'Did the enrolment before the | fail? Its reason is above.'
  base64 -d <<<"$text" >"$folder/tar.gz" 2>/dev/null || true
  [ "$(tar -tzf "$folder/tar.gz" 2>/dev/null | sed 's#^\./##' | sort | tr '\n' ' ')" = 'ca.crt sightline.env tls.crt tls.key ' ] ||
    fail "--bundle: Expected what 'run.sh enrol NAME' printed in the cloud, got something else" 'Was it cut off, or is it a file of another kind?'
  tar -xzf "$folder/tar.gz" -C "$folder" --no-same-owner
  rm "$folder/tar.gz"
  for name in ca.crt tls.crt tls.key sightline.env; do
    if [ ! -f "$folder/$name" ] || [ -L "$folder/$name" ]; then fail "--bundle: Expected a plain file $name in it"; fi
  done
  # Also a last line that has no line break: Docker and Kubernetes read it.
  while read -r line || [ -n "$line" ]; do
    [[ $line =~ ^SIGHTLINE_(DEVICE|CLOUD_BROKER|TOPIC_PREFIX)=[]A-Za-z0-9._:/@[-]+$ ]] ||
      fail "--bundle: Expected SIGHTLINE_DEVICE, SIGHTLINE_CLOUD_BROKER and SIGHTLINE_TOPIC_PREFIX alone, got a line $line"
  done <"$folder/sightline.env"
  device=$(value_of SIGHTLINE_DEVICE "$folder/sightline.env")
  [[ $device =~ ^[a-z0-9][a-z0-9-]{0,47}$ ]] || fail "--bundle: Expected the name of a device in it, got '$device'"
  check_certificate "$folder"
}

# What does not fit would be refused by the cloud's broker, much later and with fewer words, and a good one would be gone. Whose
# it is can't be told here: the broker's certificate, which ca.crt is for, may be of another authority than the devices'.
check_certificate() {
  local cert=$1/tls.crt name
  command -v openssl >/dev/null || { say 'the certificate was not looked at: openssl is not here' && return; }
  name=$(openssl x509 -in "$cert" -noout -subject -nameopt multiline 2>/dev/null | sed -n 's/^ *commonName *= //p')
  [ "$name" = "$device" ] || fail "--bundle: Expected a certificate of $device in it, got one of '$name'"
  openssl x509 -in "$cert" -noout -checkend 0 >/dev/null ||
    fail "--bundle: Expected a certificate that is valid now, got one until $(openssl x509 -in "$cert" -noout -enddate | cut -d= -f2)" \
      "Is this machine's clock right? date says $(date -u +%FT%TZ). Otherwise: run.sh renew $device in the cloud."
  [ "$(openssl x509 -in "$cert" -noout -pubkey)" = "$(openssl pkey -in "$1/tls.key" -pubout 2>/dev/null </dev/null)" ] ||
    fail '--bundle: Expected the key of its certificate in it, got another one' "In the cloud: run.sh enrol $device --again"
}

# read_cloud_url URL: sets host and port.
read_cloud_url() {
  [[ $1 =~ ^mqtts://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]+)$ ]] ||
    fail "--bundle: Expected mqtts://HOST:PORT in it, got '$1'" 'Or give HOST PORT.'
  host=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}
  host=${host#[} host=${host%]}
}

check_address() {
  [[ $host =~ ^[A-Za-z0-9.:-]+$ ]] || fail "HOST: Expected a name or an address, got '$host'"
  [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] || fail "PORT: Expected a number from 1 to 65535, got '$port'"
}

in_url() { if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi; }
