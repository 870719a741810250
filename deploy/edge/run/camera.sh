# shellcheck shell=bash disable=SC2154,SC2034
# What the face-detector sees, and what its pod is let at for that. Part of run.sh.

# The camera of --source is kept in camera.env, as variables of the face-detector.
take_camera() {
  local file=$STATE/camera.env
  if has_own_cameras; then
    [ -z "$source$camera_password" ] || fail "--source, --camera-password: Expected cameras in $overlay_folder/sightline.yaml alone" 'It is an overlay with cameras of its own.'
    return
  fi
  if [ -z "$source" ] && [ ! -e "$file" ] && ! grep -qE '^cameras:' "$STATE/sightline.yaml"; then
    if [ -c /dev/video0 ]; then source=/dev/video0; else
      # The default without a camera are sample photographs: nobody wants those in a real bucket unasked.
      no_camera=yes
      say "no camera yet (there is no /dev/video0), so the face-detector stays off: run.sh --source rtsp://HOST/PATH"
    fi
  fi
  if [ -n "$source" ]; then
    check_camera
    {
      echo "SIGHTLINE_CAMERAS_0_ID=$camera_id"
      echo "SIGHTLINE_CAMERAS_0_SOURCE=$source"
      [ -z "$camera_user" ] || echo "SIGHTLINE_CAMERAS_0_USERNAME=$camera_user"
    } >"$file.new"
    mv "$file.new" "$file"
  fi
  [ -z "$camera_password" ] || take_camera_password
}

# Of the camera of --source, or of one in sightline.yaml that --camera-id names.
take_camera_password() {
  camera_ids | grep -qxF -- "$camera_id" ||
    fail "--camera-id: Expected one of the cameras $(camera_ids | paste -sd' '), got $camera_id"
  [ "$action" = dry-run ] || read_camera_password
  { cat "$STATE/camera-passwords" 2>/dev/null || true; echo "$camera_id"; } | sort -u >"$STATE/camera-passwords.new"
  mv "$STATE/camera-passwords.new" "$STATE/camera-passwords"
}

# In their order, which is that of the variables' numbers. The camera of --source stands in the place of the first.
camera_ids() {
  local own
  own=$(sed 's/#.*//' "$STATE/sightline.yaml" | awk '/^[^ \t-]/ { inside = /^cameras:/ } inside' |
    grep -oE "\bid: *[\"']?[a-z0-9-]+" | sed -E "s/^id: *[\"']?//" || true)
  if [ -e "$STATE/camera.env" ]; then
    value_of SIGHTLINE_CAMERAS_0_ID "$STATE/camera.env"
    own=$(tail -n +2 <<<"$own")
  fi
  [ -z "$own" ] || echo "$own"
}

check_camera() {
  case $source in
    *[\$\'\"\\\ ]*) fail '--source: Expected no spaces, quotes and $, got one' "Write it into $STATE/sightline.yaml instead." ;;
    *://*@*) fail '--source: Expected no login in it, got one' \
      '--camera-user USER --camera-password FILE; ps and the history of your shell show this line.' ;;
    *://* | /dev/* | sample) ;;
    *) fail "--source: Expected /dev/video0, rtsp://… or http://…, got '$source'" \
      "Files and folders of this machine are for trying out: npm start -- --source $source, or compose/run.sh" ;;
  esac
  [[ $camera_id =~ ^[a-z0-9][a-z0-9-]{0,47}$ ]] || fail "--camera-id: Expected a name of a-z, 0-9 and -, got '$camera_id'"
  [[ $camera_user =~ ^[^[:space:]\$\'\"\\]*$ ]] || fail "--camera-user: Expected no spaces, quotes and \$, got '$camera_user'"
}

# Into a file of this run alone: never an argument, never in the environment.
read_camera_password() {
  local secret
  if [ "$camera_password" != - ]; then
    secret=$(cat -- "$camera_password") || fail "--camera-password: Expected a file that can be read, got $camera_password"
  else
    [ "$bundle" != - ] || fail '--camera-password: Expected one of both on standard input, got --bundle - too' 'Give it in a file, or in a second run.'
    read -rsp "Password of ${camera_user:-the login} at the camera: " secret && say ''
  fi
  [ -n "$secret" ] || fail '--camera-password: Expected a password, got nothing'
  printf '%s' "$secret" >"$scratch/camera-password"
}

# The devices of this node among the sources, wherever they are named.
camera_devices() {
  sed 's/#.*//' "$STATE/sightline.yaml" "$STATE/camera.env" 2>/dev/null |
    grep -oE "(source: *[\"']?|_SOURCE=)/dev/[^\"', }]+" | sed -E 's#^[^/]*##' | sort -u || true
}
