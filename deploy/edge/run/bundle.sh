# shellcheck shell=bash disable=SC2154,SC2034
# Who this device is, and where its cloud. Part of run.sh.

# A bundle is given out once, so it stays until the cluster has it: a run that fails goes on the next time.
# read_bundle [FILE|-]
read_bundle() {
  if [ -n "$1" ]; then
    bundle_folder=$scratch/bundle
    unpack_bundle "$1"
    rm -rf "$STATE/bundle"
    mv "$bundle_folder" "$STATE/bundle"
  fi
  [ -d "$STATE/bundle" ] || return 0
  bundle_folder=$STATE/bundle
  device=$(value_of SIGHTLINE_DEVICE "$bundle_folder/sightline.env")
  topic_prefix=$(value_of SIGHTLINE_TOPIC_PREFIX "$bundle_folder/sightline.env")
  topic_prefix=${topic_prefix:-face_detection}
}

unpack_bundle() {
  local text name line
  mkdir "$bundle_folder"
  if [ "$1" = - ]; then text=$(cat); else text=$(cat -- "$1") || fail "--bundle: Expected a file that can be read, got $1"; fi
  [ -n "$text" ] || fail '--bundle: Expected a bundle, got nothing' 'Did the enrolment before the | fail? Its reason is above.'
  base64 -d <<<"$text" >"$bundle_folder/tar.gz" 2>/dev/null || true
  [ "$(tar -tzf "$bundle_folder/tar.gz" 2>/dev/null | sed 's#^\./##' | sort | tr '\n' ' ')" = 'ca.crt sightline.env tls.crt tls.key ' ] ||
    fail "--bundle: Expected what 'run.sh enrol NAME' printed in the cloud, got something else" 'Was it cut off, or is it a file of another kind?'
  tar -xzf "$bundle_folder/tar.gz" -C "$bundle_folder" --no-same-owner
  rm "$bundle_folder/tar.gz"
  for name in ca.crt tls.crt tls.key sightline.env; do
    if [ ! -f "$bundle_folder/$name" ] || [ -L "$bundle_folder/$name" ]; then fail "--bundle: Expected a plain file $name in it"; fi
  done
  while read -r line; do
    [[ $line =~ ^SIGHTLINE_(DEVICE|CLOUD_BROKER|TOPIC_PREFIX)=[]A-Za-z0-9._:/@[-]+$ ]] ||
      fail "--bundle: Expected SIGHTLINE_DEVICE, SIGHTLINE_CLOUD_BROKER and SIGHTLINE_TOPIC_PREFIX alone, got a line $line"
  done <"$bundle_folder/sightline.env"
  device=$(value_of SIGHTLINE_DEVICE "$bundle_folder/sightline.env")
  [[ $device =~ ^[a-z0-9][a-z0-9-]{0,47}$ ]] || fail "--bundle: Expected the name of a device in it, got '$device'"
  check_certificate
}

# A name beside the certificate's would be refused by the cloud's broker, much later and with fewer words.
check_certificate() {
  local name
  command -v openssl >/dev/null || return 0
  name=$(openssl x509 -in "$bundle_folder/tls.crt" -noout -subject -nameopt multiline 2>/dev/null | sed -n 's/^ *commonName *= //p')
  [ "$name" = "$device" ] || fail "--bundle: Expected a certificate of $device in it, got one of '$name'"
  openssl x509 -in "$bundle_folder/tls.crt" -noout -checkend 0 >/dev/null ||
    fail "--bundle: Expected a certificate that is valid now, got one until $(openssl x509 -in "$bundle_folder/tls.crt" -noout -enddate | cut -d= -f2)" \
      "Is this machine's clock right? date says $(date -u +%FT%TZ). Otherwise: run.sh renew $device in the cloud."
}

# take_address [HOST PORT]: where the cloud broker is: what is given wins over the bundle, the bundle over what was.
take_address() {
  local url
  if [ $# -eq 2 ]; then
    host=$1 port=$2
  elif [ -n "${bundle_folder:-}" ]; then
    url=$(value_of SIGHTLINE_CLOUD_BROKER "$bundle_folder/sightline.env")
    if [[ $url =~ ^mqtts://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]+)$ ]]; then host=${BASH_REMATCH[1]} port=${BASH_REMATCH[2]}
    else fail "--bundle: Expected mqtts://HOST:PORT in it, got '$url'" 'Or give HOST PORT.'; fi
    host=${host#[} host=${host%]}
  fi
  read_settings
  if [ -z "$device" ] && [ "$action" = up ]; then
    fail 'Expected a bundle, got none, and this device has no certificate yet' \
      'In the cloud: deploy/cloud/run.sh enrol NAME > NAME.bundle; here: run.sh --bundle NAME.bundle'
  fi
  # A dry run may look at the manifests before anybody was enrolled.
  if [ "$action" = dry-run ]; then host=${host:-cloud.example} port=${port:-8883}; fi
  [[ $host =~ ^[A-Za-z0-9.:-]+$ ]] || fail "HOST: Expected a name or an address, got '$host'"
  [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65535 ]] || fail "PORT: Expected a number from 1 to 65535, got '$port'"
}

# Can the cloud's broker be reached from here, and is it the one that the CA knows? Before anything is changed.
try_cloud() {
  local ca=$STATE/ca.crt identity=() check=(-verify_hostname "$host" -servername "$host") said
  if [ -n "${bundle_folder:-}" ]; then ca=$bundle_folder/ca.crt identity=(-cert "$bundle_folder/tls.crt" -key "$bundle_folder/tls.key"); fi
  command -v openssl >/dev/null && [ -e "$ca" ] || return 0
  if [[ $host == *:* || $host =~ ^[0-9.]+$ ]]; then check=(-verify_ip "$host"); fi
  # The second is for a refusal, which TLS 1.3 sends after its greeting.
  said=$(sleep 1 | timeout 15 openssl s_client -connect "$(in_url "$host"):$port" -CAfile "$ca" "${identity[@]}" "${check[@]}" \
    -verify_return_error -brief 2>&1) || true
  case $said in
    *'Name or service not known'* | *'Temporary failure in name resolution'* | *'nodename nor servname'*)
      not_reached "that name is not known" ;;
    *'onnection refused'*) not_reached 'nothing listens there' ;;
    *'hostname mismatch'* | *'Hostname mismatch'* | *'IP address mismatch'*)
      not_reached 'its certificate is for another name' "Start the cloud's run.sh with --host $host besides its other names." ;;
    *'erify error'* | *'verify failed'*) not_reached "the CA of the bundle does not know it: $(grep -im1 'verif' <<<"$said")" ;;
    # Without a new bundle there is nothing to show here, and to be asked for it is a good sign.
    *alert*) [ ${#identity[@]} -gt 0 ] || { say "reached $host:$port" && return; }
      refused "$said" ;;
    *'CONNECTION ESTABLISHED'*) say "reached $host:$port" ;;
    *) not_reached "no answer within 15 s" 'Is the port open in the cloud (security group), and on the way?' ;;
  esac
}

refused() {
  case $1 in
    *'certificate revoked'*) not_reached 'it says that the certificate of this device is revoked' "In the cloud: run.sh enrol $device --again" ;;
    *) not_reached "it refused: $(grep -m1 -o 'alert [a-z ]*' <<<"$1")" ;;
  esac
}

not_reached() {
  local reason=$1
  shift
  end_with 1 "Expected the cloud's broker at $host:$port, but $reason" "$@" 'Set up without it: --offline. Captures wait in the spool until it is there.'
}

in_url() { if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi; }
