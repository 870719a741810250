# shellcheck shell=bash disable=SC2154,SC2034
# Which Kubernetes, and which of its nodes is this device. Part of run.sh.

find_kubectl() {
  # k3s' own comes first: it knows where its cluster is.
  if command -v k3s >/dev/null; then KUBECTL=(k3s kubectl); elif command -v kubectl >/dev/null; then KUBECTL=(kubectl); else
    KUBECTL=()
  fi
}

# Turns the manifests of a folder into one text; asks no cluster.
find_kustomize() {
  if [ -n "$install_k3s" ] && [ "$action" = up ] && ! command -v k3s >/dev/null; then get_k3s; fi
  find_kubectl
  [ ${#KUBECTL[@]} -gt 0 ] || fail 'Expected k3s (or kubectl with a cluster), got neither' \
    'Install it: run.sh --install-k3s …, which does what k3s itself says: curl -sfL https://get.k3s.io | sh -' \
    'Without Kubernetes: deploy/edge/compose/run.sh'
  # 1.27 came with kustomize 5; older ones read these manifests in another way.
  local minor
  minor=$("${KUBECTL[@]}" version --client --output=json 2>/dev/null | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' | head -n 1)
  [ "${minor:-0}" -ge 27 ] || fail "Expected kubectl 1.27 or later, got 1.${minor:-?}" "Update it, or k3s."
}

get_k3s() {
  local script
  command -v curl >/dev/null || fail 'Expected curl to fetch k3s, got none' 'sudo apt-get install curl'
  say "installing k3s by its own script, from https://get.k3s.io, as ${INSTALL_K3S_EXEC:-one node: without traefik, servicelb and VXLAN}"
  script=$scratch/install-k3s.sh
  # All of it before any of it runs: a line that breaks must not leave half an installation.
  curl -sfL https://get.k3s.io -o "$script" || end_with 1 'Expected the script of https://get.k3s.io, got none' 'Is there a way to the internet?'
  # No web server and no load balancer: nothing here is served to the outside. Nor does one node need VXLAN, whose port (UDP
  # 8472) would be open to everybody on the network.
  (umask 022 && INSTALL_K3S_EXEC="${INSTALL_K3S_EXEC:---disable=traefik --disable=servicelb --flannel-backend=host-gw}" sh "$script") >&2
}

kube() { "${KUBECTL[@]}" --namespace "$namespace" "$@"; }

find_cluster() {
  [ ${#KUBECTL[@]} -gt 0 ] || find_kubectl
  [ ${#KUBECTL[@]} -gt 0 ] || fail 'Expected k3s or kubectl, got neither' 'Was it removed? run.sh --install-k3s'
  local said
  # A k3s that was installed a moment ago takes its time; one that does not run says so at once.
  for _ in 1 2 3 4 5 6; do
    said=$(kube get nodes --request-timeout=10s -o name 2>&1) && [ -n "$said" ] && return
    [ -n "$install_k3s" ] || break
    sleep 10
  done
  end_with 1 "Expected a cluster to answer ${KUBECTL[*]}, got: $(tail -n 1 <<<"$said")" \
    "Is it running? systemctl status k3s. May this user read its configuration? sudo $0 …"
}

KUBECTL=()

# Camera, spool and broker stay on one node. Its name becomes the device's, unless the certificate says otherwise.
find_node() {
  local nodes
  nodes=$(kube get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}')
  # A node that was renamed since is looked for anew; one that was asked for is not.
  if ! grep -qx -- "$node" <<<"$nodes" && [ "$node" = "$(value_of node "$STATE/settings")" ]; then node=''; fi
  if [ -z "$node" ]; then
    node=$nodes
    [ "$(wc -l <<<"$nodes")" -eq 1 ] || node=$(grep -x "$(hostname | tr '[:upper:]' '[:lower:]')" <<<"$nodes" || true)
    [ -n "$node" ] || fail 'Expected --node NAME: the cluster has several, and none is called like this machine' "They are: $(tr '\n' ' ' <<<"$nodes")"
  fi
  grep -qx -- "$node" <<<"$nodes" || fail "--node: Expected one of $(tr '\n' ' ' <<<"$nodes"), got $node"
  [ "$node" = "$device" ] || say "the node is called $node, the certificate is of $device: the device is called $device"
}
