# shellcheck shell=bash disable=SC2154
# What the face-detector sees, and what its container is let at for that. Part of run.sh.

take_camera() {
  local file=$STATE/face-detector.env
  if [ -z "$source" ] && [ ! -e "$file" ] && ! grep -qE '^cameras:' "$STATE/sightline.yaml"; then
    # The default without a camera are sample photographs: nobody wants those in a real bucket unasked.
    [ -e /dev/video0 ] || fail 'Expected a camera, got none: there is no /dev/video0' \
      "--source rtsp://HOST/PATH or --source /dev/videoN, or write cameras into $STATE/sightline.yaml"
    source=/dev/video0
  fi
  if [ -n "$source" ]; then write_camera >"$file.new" && mv "$file.new" "$file"; else [ -e "$file" ] || : >"$file"; fi
  chmod 644 "$file"
  write_devices
}

write_camera() {
  case $source in
    *[\$\'\"\\\ ]*) fail '--source: Expected no spaces, quotes and $, got one' "Write it into $STATE/sightline.yaml instead." ;;
    *://*:*@*) fail '--source: Expected no password in it, got one' '--camera-user USER --camera-password FILE; ps and the history of your shell show this line.' ;;
  esac
  check_path "$source"
  [[ $camera_id =~ ^[a-z0-9][a-z0-9-]{0,47}$ ]] || fail "--camera-id: Expected a name of a-z, 0-9 and -, got '$camera_id'"
  [[ $camera_user =~ ^[^[:space:]\$\'\"\\]*$ ]] || fail "--camera-user: Expected no spaces, quotes and \$, got '$camera_user'"
  echo "SIGHTLINE_CAMERAS_0_ID=$camera_id"
  echo "SIGHTLINE_CAMERAS_0_SOURCE=$source"
  [ -z "$camera_user" ] || echo "SIGHTLINE_CAMERAS_0_USERNAME=$camera_user"
  if [ -n "$camera_password" ]; then
    take_camera_password
    echo 'SIGHTLINE_CAMERAS_0_PASSWORD_FILE=/run/cameras/password'
  fi
}

take_camera_password() {
  local secret
  if [ "$camera_password" != - ]; then secret=$(cat "$camera_password") || fail "--camera-password: Expected a file, got $camera_password"
  else read -rsp "Password of $camera_user at the camera: " secret && echo >&2; fi
  printf '%s\n' "$secret" >"$STATE/cameras/password"
  chown 10001:10001 "$STATE/cameras/password"
  chmod 400 "$STATE/cameras/password"
}

check_path() {
  case $1 in
    /dev/*) [ -c "$1" ] || fail "Expected a camera at $1, got none" 'v4l2-ctl --list-devices names them; is it plugged in?' ;;
    /*) [ -e "$1" ] || fail "Expected a file or folder at $1, got none" ;;
  esac
}

# USB cameras and files that are sources, as they are named in the configuration.
write_devices() {
  local path sources devices='' groups='' files=''
  sources=$(sed 's/#.*//' "$STATE/sightline.yaml" "$STATE/face-detector.env" |
    grep -oE "(source: *[\"']?|_SOURCE=)/[^\"', }]+" | sed -E "s#^[^/]*##" | sort -u) || true
  for path in $sources; do
    check_path "$path"
    case $path in
      /dev/*)
        devices+="      - $path:$path"$'\n'
        groups+="      - \"$(stat -c %g "$path")\""$'\n'
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
