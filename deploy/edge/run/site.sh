# shellcheck shell=bash disable=SC2154
# What differs from site to site, as a Kustomize overlay in the state folder. Part of run.sh.

SERVICES=(face-detector message-logger forwarder)

kustomize_site() { "${KUBECTL[@]}" kustomize "$STATE"; }

# Kustomize takes no absolute paths.
from_state() { realpath --relative-to="$STATE" "$1"; }

write_site() {
  {
    echo '# Made by deploy/edge/run.sh at each run; changes are lost. Yours to edit is sightline.yaml beside it.'
    echo 'apiVersion: kustomize.config.k8s.io/v1beta1'
    echo 'kind: Kustomization'
    echo "namespace: $namespace"
    echo "resources: [$(from_state "$overlay_folder")]"
    [ -z "$(camera_devices)" ] || has_own_cameras || echo "components: [$(from_state "$HERE/kubernetes/components/usb-camera")]"
    echo 'configMapGenerator:'
    has_own_cameras || echo '  - { name: sightline-config, behavior: replace, files: [sightline.yaml] }'
    echo '  - name: site'
    echo '    behavior: merge'
    echo '    literals:'
    echo "      - SIGHTLINE_CLOUD_BROKER=mqtts://$(in_url "$host"):$port"
    [ -z "$topic_prefix" ] || echo "      - SIGHTLINE_TOPIC_PREFIX=$topic_prefix"
    write_images
    echo 'patches:'
    echo '  - target: { kind: NetworkPolicy, name: forwarder-to-cloud }'
    echo "    patch: '[{ \"op\": \"replace\", \"path\": \"/spec/egress/0/ports/0/port\", \"value\": $port }]'"
    write_device
    write_node
    write_camera
    [ -z "$no_camera" ] || printf '  - target: { kind: Deployment, labelSelector: sightline.dev/detector=main }\n%s\n' \
      "    patch: '[{ \"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 0 }]'"
  } >"$STATE/kustomization.yaml"
}

write_images() {
  local target
  echo 'images:'
  for target in vision relay; do
    echo "  - { name: sightline-$target, newName: ${registry:+$registry/}sightline-$target, newTag: $VERSION }"
  done
  [ -z "$broker_image" ] || echo "  - { name: eclipse-mosquitto, $(image_for_kustomize "$broker_image") }"
}

# NAME, NAME:TAG or NAME@DIGEST; the name may have a port.
image_for_kustomize() {
  local last=${1##*/}
  case $last in
    *@*) echo "newName: \"${1%%@*}\", digest: \"${1#*@}\"" ;;
    *:*) echo "newName: \"${1%:*}\", newTag: \"${1##*:}\"" ;;
    *) echo "newName: \"$1\", newTag: latest" ;;
  esac
}

# pod_patch SELECTOR: what standard input says, for spec.template.spec of the Deployments with that label.
pod_patch() {
  printf '  - target: { kind: Deployment, labelSelector: %s }\n' "$1"
  printf '    patch: |\n'
  printf '      apiVersion: apps/v1\n      kind: Deployment\n      metadata: { name: any }\n      spec:\n        template:\n          spec:\n'
  sed 's/^/            /'
}

# Where the node is not called as the certificate is.
write_device() {
  local service
  [ -n "$device" ] && [ "$device" != "$node" ] || return 0
  for service in "${SERVICES[@]}"; do
    pod_patch "app.kubernetes.io/name=$service" <<TEXT
containers:
  - name: $service
    env:
      - { name: SIGHTLINE_DEVICE, value: $device, valueFrom: null }
TEXT
  done
}

write_node() {
  [ -n "$node" ] || return 0
  pod_patch app.kubernetes.io/part-of=sightline <<<"nodeSelector: { kubernetes.io/hostname: $node }"
}

# The camera of --source, passwords, and each device that a source names with its group.
write_camera() {
  local path id index devices groups=()
  ! has_own_cameras || return 0
  devices=$(camera_devices)
  for path in $devices; do
    [ -c "$path" ] || [ "$action" = dry-run ] || fail "Expected a camera at $path, got none" 'v4l2-ctl --list-devices names them; is it plugged in?'
    [ ! -c "$path" ] || groups+=("$(stat -L -c %g "$path")")
  done
  [ -n "$devices" ] || [ -s "$STATE/camera.env" ] || [ -s "$STATE/camera-passwords" ] || return 0
  {
    echo 'containers:'
    echo '  - name: face-detector'
    echo '    env:'
    sed -E 's/^([A-Z0-9_]+)=(.*)$/      - { name: \1, value: "\2" }/' "$STATE/camera.env" 2>/dev/null || true
    while read -r id; do
      index=$(camera_ids | grep -nxF -- "$id" | head -n 1 | cut -d: -f1 || true)
      [ -n "$index" ] || continue
      echo "      - { name: SIGHTLINE_CAMERAS_$((index - 1))_PASSWORD_FILE, value: /run/secrets/cameras/$id }"
    done <<<"$(cat "$STATE/camera-passwords" 2>/dev/null)"
    for path in $devices; do
      [ "$path" != "${devices%%$'\n'*}" ] || echo '    volumeMounts:'
      echo "      - { name: $(volume_of "$path"), mountPath: $path }"
    done
    [ -z "$devices" ] || echo 'volumes:'
    # The pod waits, and its events say for what, until the camera is plugged in.
    for path in $devices; do echo "  - { name: $(volume_of "$path"), hostPath: { path: $path, type: CharDevice } }"; done
    [ ${#groups[@]} -eq 0 ] || printf 'securityContext: { supplementalGroups: [%s] }\n' "$(printf '%s\n' "${groups[@]}" | sort -un | paste -sd,)"
  } | pod_patch sightline.dev/detector=main
}

# /dev/v4l/by-id/usb-Maker_Cam → camera-v4l-by-id-usb-maker-cam
volume_of() { echo "camera-$(tr '[:upper:]' '[:lower:]' <<<"${1#/dev/}" | tr -c 'a-z0-9\n' - | cut -c1-50 | sed 's/-*$//')"; }
