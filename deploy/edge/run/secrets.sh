# shellcheck shell=bash disable=SC2154
# What must not stand in a manifest, and how all of it gets into the cluster. Part of run.sh.

# Applied on the server's side: the older way would keep a second copy of each secret in an annotation.
apply() { kube apply --server-side --force-conflicts --field-manager=sightline-run "$@"; }

apply_secrets() {
  [ -n "$namespace_is_there" ] || make_namespace
  if [ -n "${bundle_folder:-}" ]; then
    put_secret cloud-tls kubernetes.io/tls "$bundle_folder"/{ca.crt,tls.crt,tls.key}
    cp "$bundle_folder/ca.crt" "$STATE/ca.crt"
    rm -rf "$STATE/bundle"
    say "enrolled as $device"
  else
    kube get secret cloud-tls >/dev/null 2>&1 ||
      fail "Expected the Secret cloud-tls in $namespace, got none" "run.sh --bundle FILE: in the cloud, deploy/cloud/run.sh enrol $device --again"
  fi
  make_passwords
  [ ! -e "$scratch/camera-password" ] || add_camera_password
}

# put_secret NAME TYPE FILE…: keys are the files' names; no value is ever an argument.
put_secret() {
  local name=$1 type=$2
  shift 2
  kube create secret generic "$name" --type="$type" "${@/#/--from-file=}" --dry-run=client -o yaml | apply -f - >&2
}

# Of the broker on this device: random, once, never shown.
make_passwords() {
  local folder=$scratch/passwords users=(face-detector forwarder message-logger) user known
  known=" $(keys_of broker-passwords)"
  mkdir "$folder"
  [ -z "$own_program" ] || users+=(camera)
  for user in "${users[@]}"; do head -c 24 /dev/urandom | base64 >"$folder/$user"; done
  if [ "$known" = ' ' ]; then put_secret broker-passwords Opaque "$folder"/*; else
    for user in "${users[@]}"; do
      [[ $known == *" $user "* ]] || add_key broker-passwords "$user" "$folder/$user"
    done
  fi
}

# Services read passwords when they start; a new one for a camera that has one needs a start.
add_camera_password() {
  [[ " $(keys_of camera-passwords)" != *" $camera_id "* ]] || restart_detector=yes
  kube get secret camera-passwords >/dev/null 2>&1 || put_secret camera-passwords Opaque
  add_key camera-passwords "$camera_id" "$scratch/camera-password"
}

# add_key SECRET KEY FILE: beside the keys that are there.
add_key() {
  base64 -w0 <"$3" | sed "s#.*#{\"data\":{\"$2\":\"&\"}}#" >"$scratch/key.json"
  kube patch secret "$1" --type=merge --patch-file "$scratch/key.json" >&2
}

# The names alone; what they hold stays in the cluster.
keys_of() {
  # shellcheck disable=SC2016 # kubectl's own variables
  kube get secret "$1" -o go-template='{{range $key, $value := .data}}{{$key}} {{end}}' 2>/dev/null || true
}

# Kinds that an earlier run may have made and this one does not want any more. Never claims: they hold captures.
KINDS=deployments,services,configmaps,networkpolicies

apply_manifests() {
  local applied name
  applied=$(apply -o name -f - <<<"$1")
  kube get "$KINDS" -l app.kubernetes.io/part-of=sightline -o name | while read -r name; do
    grep -qxF "$name" <<<"$applied" || kube delete "$name" >&2
  done
  [ -z "${restart_detector:-}" ] || kube rollout restart deployment -l app.kubernetes.io/name=face-detector >&2
  # The same version in another build: Kubernetes sees no difference, so it is told.
  [ -z "${rebuilt:-}" ] || kube rollout restart deployment -l app.kubernetes.io/part-of=sightline >&2
}
