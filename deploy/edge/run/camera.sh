# shellcheck shell=bash disable=SC2154,SC2034
# What the face-detector sees, and what its pod is let at for that. Part of run.sh.

# The camera of --source is kept in camera.env; the names of those with a password in camera-passwords.
take_camera() {
  CAMERA_FILE=$STATE/camera.env
  if has_own_cameras; then
    [ -z "$source$camera_id$camera_user$camera_password" ] ||
      fail "--source, --camera-…: Expected cameras in $overlay_folder/sightline.yaml alone" 'It is an overlay with cameras of its own.'
    return
  fi
  local is_new=$source
  complete_camera
  if [ -n "$source" ]; then
    check_kind_of_source
    camera_variables >"$CAMERA_FILE.new"
    mv "$CAMERA_FILE.new" "$CAMERA_FILE"
    # Another camera without a login must not get the former one's password.
    if [ -n "$is_new" ] && [ -z "$camera_user$camera_password" ] && [ -e "$STATE/camera-passwords" ]; then
      sed -i "/^$camera_id\$/d" "$STATE/camera-passwords"
    fi
  fi
  [ -z "$camera_password" ] || take_camera_password
}

take_camera_password() {
  [ "$action" = dry-run ] || read_camera_password "$scratch/camera-password"
  { cat "$STATE/camera-passwords" 2>/dev/null || true; echo "$camera_id"; } | sort -u >"$STATE/camera-passwords.new"
  mv "$STATE/camera-passwords.new" "$STATE/camera-passwords"
}

check_kind_of_source() {
  case $source in
    *://* | /dev/* | sample) ;;
    *) fail "--source: Expected /dev/video0, rtsp://… or http://…, got '$source'" \
      "Files and folders of this machine are for trying out: npm start -- --source $source, or compose/run.sh" ;;
  esac
}

# The devices of this node among the sources.
camera_devices() { source_paths | grep '^/dev/' || true; }
