# shellcheck shell=bash disable=SC2154,SC2034
# What this machine remembers of its device: settings, configuration, and the CA. Part of run.sh.

make_state() {
  umask 077
  mkdir -p "$STATE" 2>/dev/null || true
  [ -w "$STATE" ] ||
    fail "Expected to write to $STATE, got no right to" 'sudo run.sh …, or SIGHTLINE_STATE=FOLDER of your own'
  exec 9>"$STATE/lock"
  flock -n 9 || end_with 1 'Expected to be the only one who sets up this device, but another run.sh is at it' 'Wait for it to end.'
  # For keys and passwords on their way into the cluster; nobody else's, and gone with this run however it ends.
  scratch=$(mktemp -d -p "$STATE")
  trap 'rm -rf "$scratch"' EXIT
  first_files
}

# For a dry run: as it would be, in a copy.
copy_state() {
  umask 077
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir "$scratch/state"
  # Without them these would be other manifests than those of a run.
  [ ! -e "$STATE/settings" ] || [ -r "$STATE/settings" ] || hidden=yes
  [ ! -e "$(dirname "$STATE")" ] || [ -x "$(dirname "$STATE")" ] || hidden=yes
  [ ! -e "$STATE" ] || [ -r "$STATE" ] || hidden=yes
  [ -z "${hidden:-}" ] || say "run.sh: $STATE may not be read by $(id -un), so these are the manifests of a device that is not set up: sudo run.sh --dry-run"
  cp -r "$STATE/." "$scratch/state" 2>/dev/null || true
  STATE=$scratch/state
  first_files
}

open_state() {
  [ -r "$STATE/settings" ] || fail "Expected a device that is set up in $STATE and may be read, got none" "run.sh --bundle FILE; where it is set up, it is root's: sudo run.sh …"
  read_settings
}

first_files() {
  [ -e "$STATE/sightline.yaml" ] || cp "$HERE/run/sightline.yaml" "$STATE/sightline.yaml"
  [ -e "$STATE/settings" ] || : >"$STATE/settings"
}

SETTINGS=(device host port topic_prefix overlay node namespace registry broker_image)

# What was said in an earlier run, where nothing is said now.
read_settings() {
  local key
  for key in "${SETTINGS[@]}"; do
    [ -n "${!key:-}" ] || printf -v "$key" %s "$(value_of "$key" "$STATE/settings")"
  done
  namespace=${namespace:-sightline}
}

# Once it is applied: a run that failed is not remembered.
save_settings() {
  local key
  for key in "${SETTINGS[@]}"; do echo "$key=${!key:-}"; done >"$STATE/settings.new"
  mv "$STATE/settings.new" "$STATE/settings"
}

take_settings() {
  local given=$registry
  read_settings
  # To build is to leave the registry of an earlier run.
  if [ "$build" = always ] && [ "$registry" != "$given" ]; then
    say "--build: from this clone, and no longer from $registry"
    registry=$given
  fi
  [[ $broker_image =~ ^[A-Za-z0-9._:/@-]*$ ]] || fail "--broker-image: Expected a name such as registry.example/mosquitto:2, got '$broker_image'"
  [[ $namespace =~ ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$ ]] || fail "--namespace: Expected a name of a-z, 0-9 and -, got '$namespace'"
  [[ $registry =~ ^[A-Za-z0-9._:/-]*$ ]] || fail "--registry: Expected an address such as registry.example/sightline, got '$registry'"
  overlay=${overlay:-$(overlay_of_this_machine)}
  overlay_folder=$HERE/kubernetes/overlays/$overlay
  case $overlay in
    base) overlay_folder=$HERE/kubernetes/base ;;
    */*) overlay_folder=$(readlink -f -- "$overlay" || true) && overlay=$overlay_folder ;;
  esac
  [ -e "$overlay_folder/kustomization.yaml" ] ||
    fail "--overlay: Expected base, a folder, or one of $(cd "$HERE/kubernetes/overlays" && echo *), got '$overlay'"
}

# Cameras are the overlay's own business where it brings a sightline.yaml.
has_own_cameras() { [ "$overlay" != base ] && [ -e "$overlay_folder/sightline.yaml" ]; }

overlay_of_this_machine() {
  local model=''
  # The kernel ends it with a NUL.
  [ ! -r /proc/device-tree/model ] || model=$(tr -d '\0' </proc/device-tree/model)
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64)
      if [ -e /etc/nv_tegra_release ] || [[ $model == *Jetson* ]]; then
        if command -v nvidia-container-runtime >/dev/null; then echo jetson && return; fi
        say "a Jetson without NVIDIA's container runtime (JetPack's package nvidia-container): the GPU stays out of reach"
      fi
      if [[ $model == *"Raspberry Pi"* ]]; then echo raspberry-pi; else echo base; fi
      ;;
    *) fail "Expected a machine of amd64 or arm64, got $(uname -m)" '32-bit systems are not supported: install a 64-bit one.' ;;
  esac
}
