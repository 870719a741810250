# shellcheck shell=bash disable=SC2154
# What a device says of its cloud. Part of both run.sh, on k3s and with Compose.

# Services are ready without the cloud, since captures wait meanwhile; so this is asked for itself.
ASK_FOR_LINK='fetch("http://127.0.0.1:7300/metrics").then((answer) => answer.text()).then((text) =>
  console.log(/^sightline_mqtt_connected\{service="forwarder",broker="cloud"\} (\d)/m.exec(text)?.[1] ?? ""))'

# show_link COMMAND…: how to run something in the forwarder; its log on standard input. 1 where the link does not stand.
show_link() {
  local reason
  case $("$@" node -e "$ASK_FOR_LINK" 2>/dev/null || true) in
    1) echo 'cloud link: connected' && return ;;
    0)
      reason=$(grep -F '"broker":"cloud"' | sed -n 's/.*"reason":"\(\([^"\\]\|\\.\)*\)".*/\1/p' | tail -n 1)
      echo "cloud link: NOT connected${reason:+: $reason}"
      echo '  captures wait in the spool meanwhile; run.sh --doctor says more'
      ;;
    *) echo 'cloud link: not known, the forwarder does not answer' ;;
  esac
  return 1
}

show_spool() { "$@" sightline spool status 2>/dev/null | grep -E '^ +pending' | sed 's/^ */spool: /' || true; }

# The certificate on standard input.
show_certificate() {
  if command -v openssl >/dev/null; then openssl x509 -noout -enddate 2>/dev/null | sed 's/^notAfter=/certificate: valid until /' || true
  else echo 'certificate: openssl is not here to read it'; fi
}
