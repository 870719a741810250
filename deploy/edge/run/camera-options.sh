# shellcheck shell=bash disable=SC2154,SC2034
# --source and what belongs to it, and the cameras in sightline.yaml. Part of both run.sh, on k3s and with Compose.
# CAMERA_FILE is what a run.sh remembers: variables of the face-detector.

# Options without --source are about the camera that was given before, or give a password to one in sightline.yaml.
complete_camera() {
  if [ -z "$source" ] && [ -n "$camera_id$camera_user$camera_password" ]; then
    if [ -n "$camera_password" ] && [ -n "$camera_id" ]; then
      camera_ids | grep -qxF -- "$camera_id" ||
        fail "--camera-id: Expected --source besides, or one of the cameras $(camera_ids | paste -sd' '), got $camera_id"
      [ -n "$camera_user" ] || return 0
    fi
    source=$(value_of SIGHTLINE_CAMERAS_0_SOURCE "$CAMERA_FILE")
    [ -n "$source" ] || fail 'Expected --source besides --camera-id, --camera-user and --camera-password, got none, now or before' \
      'A camera in sightline.yaml has its user there; its password: --camera-id ID --camera-password FILE'
    local former
    former=$(value_of SIGHTLINE_CAMERAS_0_ID "$CAMERA_FILE")
    if [ -n "$camera_password" ] && [ "${camera_id:-$former}" != "$former" ]; then
      fail "--camera-user: Expected the camera $former, which --source gave, got $camera_id" 'A camera in sightline.yaml has its user there.'
    fi
    camera_id=${camera_id:-$former}
    camera_user=${camera_user:-$(value_of SIGHTLINE_CAMERAS_0_USERNAME "$CAMERA_FILE")}
  elif [ -z "$source" ] && ! has_camera; then
    if [ -c /dev/video0 ]; then source=/dev/video0; else
      # The default without a camera are sample photographs: nobody wants those in a real bucket unasked.
      no_camera=yes
      say "no camera yet (there is no /dev/video0), so the face-detector stays off: run.sh --source rtsp://HOST/PATH"
    fi
  fi
  camera_id=${camera_id:-camera}
  [ -z "$source" ] || check_source
}

has_camera() { grep -qsE '^SIGHTLINE_CAMERAS_[0-9]+_SOURCE=' "$CAMERA_FILE" || grep -qE '^cameras:' "$STATE/sightline.yaml"; }

check_source() {
  case $source in
    *[\$\'\"\\\ ]*) fail '--source: Expected no spaces, quotes and $, got one' "Write it into $STATE/sightline.yaml instead." ;;
    *://*@*) fail '--source: Expected no login in it, got one' \
      '--camera-user USER --camera-password FILE; ps and the history of your shell show this line.' ;;
  esac
  [[ $camera_id =~ ^[a-z0-9][a-z0-9-]{0,47}$ ]] || fail "--camera-id: Expected a name of a-z, 0-9 and -, got '$camera_id'"
  [[ $camera_user =~ ^[^[:space:]\$\'\"\\]*$ ]] || fail "--camera-user: Expected no spaces, quotes and \$, got '$camera_user'"
}

# The variables of the camera of --source.
camera_variables() {
  echo "SIGHTLINE_CAMERAS_0_ID=$camera_id"
  echo "SIGHTLINE_CAMERAS_0_SOURCE=$source"
  [ -z "$camera_user" ] || echo "SIGHTLINE_CAMERAS_0_USERNAME=$camera_user"
}

# A key of a YAML mapping, quoted or not, with its value: "id": x, id : x. Comments begin after a space: URLs may have a #.
yaml_values() {
  sed -E 's/(^|[[:space:]])#.*//' | grep -oE "(^|[[:space:]{,-])[\"']?$1[\"']? *: *[\"']?$2" | sed -E "s/^[^:]*: *[\"']?//" || true
}

# In their order, which is that of the variables' numbers. The camera of --source stands in the place of the first.
camera_ids() {
  local own first
  own=$(awk '/^[^ \t#-]/ { inside = /^cameras:/ } inside' "$STATE/sightline.yaml" | yaml_values id '[a-z0-9-]+')
  first=$(value_of SIGHTLINE_CAMERAS_0_ID "$CAMERA_FILE")
  if [ -n "$first" ]; then
    echo "$first"
    own=$(tail -n +2 <<<"$own")
  fi
  [ -z "$own" ] || echo "$own"
}

# The sources that are files and devices of this machine, wherever they are named.
source_paths() {
  { yaml_values source "/[^\"', }]+" <"$STATE/sightline.yaml" && sed -nE 's#^SIGHTLINE_CAMERAS_[0-9]+_SOURCE=(/.*)#\1#p' "$CAMERA_FILE" 2>/dev/null; } | sort -u || true
}

# read_camera_password FILE: never an argument, never in the environment.
read_camera_password() {
  local secret
  if [ "$camera_password" != - ]; then
    secret=$(cat -- "$camera_password") || fail "--camera-password: Expected a file that can be read, got $camera_password"
  else
    [ "$bundle" != - ] || fail '--camera-password: Expected one of both on standard input, got --bundle - too' 'Give it in a file, or in a second run.'
    read -rsp "Password of ${camera_user:-the login} at the camera: " secret && say ''
  fi
  [ -n "$secret" ] || fail '--camera-password: Expected a password, got nothing'
  printf '%s' "$secret" >"$1"
}
