# shellcheck shell=bash disable=SC2153,SC2154
# What the face-detector sees, and what its container is let at for that. Part of run.sh.

# The camera of --source is kept in face-detector.env, with the passwords of all cameras and whatever its owner adds there.
take_camera() {
  local is_new=$source
  [ -e "$CAMERA_FILE" ] || : >"$CAMERA_FILE"
  complete_camera
  if [ -n "$source" ]; then
    check_path "$source"
    {
      camera_variables
      grep -vE '^SIGHTLINE_CAMERAS_0_(ID|SOURCE|USERNAME)=' "$CAMERA_FILE" || true
    } >"$CAMERA_FILE.new"
    mv "$CAMERA_FILE.new" "$CAMERA_FILE"
    # Another camera without a login must not get the former one's password.
    if [ -n "$is_new" ] && [ -z "$camera_user$camera_password" ]; then rm -f "$STATE/cameras/$camera_id"; fi
  fi
  [ -z "$camera_password" ] || take_camera_password
  name_passwords
  chmod 644 "$CAMERA_FILE"
  write_devices
}

take_camera_password() {
  local file=$STATE/cameras/$camera_id
  read_camera_password "$file.new"
  chown 10001:10001 "$file.new"
  chmod 400 "$file.new"
  mv -f "$file.new" "$file"
}

# A file in cameras/ that is called as a camera is its password. Places in the list change; the names tell which is which. Files
# of other names are its owner's business.
name_passwords() {
  local index=0 id ids line name
  ids=$(camera_ids)
  {
    while read -r line || [ -n "$line" ]; do
      name=${line#SIGHTLINE_CAMERAS_*_PASSWORD_FILE=/run/cameras/}
      if [ "$name" != "$line" ]; then
        if [ ! -e "$STATE/cameras/$name" ] || grep -qxF -- "$name" <<<"$ids"; then continue; fi
      fi
      printf '%s\n' "$line"
    done <"$CAMERA_FILE"
    for id in $ids; do
      [ ! -s "$STATE/cameras/$id" ] || echo "SIGHTLINE_CAMERAS_${index}_PASSWORD_FILE=/run/cameras/$id"
      index=$((index + 1))
    done
  } >"$CAMERA_FILE.new"
  mv "$CAMERA_FILE.new" "$CAMERA_FILE"
}

check_path() {
  case $1 in
    /dev/*) [ -c "$1" ] || fail "Expected a camera at $1, got none" 'v4l2-ctl --list-devices names them; is it plugged in?' ;;
    /*) [ -e "$1" ] || fail "Expected a file or folder at $1, got none" ;;
  esac
}

# USB cameras and files that are sources, as they are named in the configuration.
write_devices() {
  local path devices='' groups='' files=''
  for path in $(source_paths); do
    check_path "$path"
    case $path in
      /dev/*)
        devices+="      - $path:$path"$'\n'
        groups+="      - \"$(stat -L -c %g "$path")\""$'\n'
        ;;
      *) files+="      - $path:$path:ro"$'\n' ;;
    esac
  done
  {
    echo '# Made by run.sh from the sources of the cameras; changes are lost.'
    echo 'services:'
    echo '  face-detector:'
    [ -z "$devices" ] || printf '    devices:\n%s    group_add:\n%s' "$devices" "$(sort -u <<<"${groups%$'\n'}")"$'\n'
    [ -z "$files" ] || printf '    volumes:\n%s' "$files"
  } >"$STATE/compose.devices.yaml"
  [ -n "$devices$files" ] || rm -f "$STATE/compose.devices.yaml"
}
