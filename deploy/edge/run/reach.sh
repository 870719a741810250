# shellcheck shell=bash disable=SC2154
# A first look at the cloud. Part of both run.sh, on k3s and with Compose.

# try_cloud CA [FOLDER]: can the cloud's broker be reached from here, is it the one that the CA knows, and does it let this
# device in by the certificate in FOLDER? Before anything is changed.
try_cloud() {
  local ca=$1 identity=() check=(-verify_hostname "$host" -servername "$host") said
  [ -z "${2:-}" ] || identity=(-cert "$2/tls.crt" -key "$2/tls.key")
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
