# shellcheck shell=sh disable=SC2154
# The files that Mosquitto runs on, as one set: copied, tried, and only then put in the place of the former.
# Part of entrypoint.sh, which sets: here run side port prefix.

root=${SIGHTLINE_BROKER_ROOT:-/mosquitto}
host=${SIGHTLINE_BROKER_HOST:-}
candidate=$run/candidate
live=$run/live

# One line that changes when any file does that we read. Kubernetes swaps symbolic links, so contents count.
fingerprint() {
  sha256sum "$here/$side.conf" "$here/$side.acl" "$root"/tls/ca.crt "$root"/tls/tls.crt "$root"/tls/tls.key \
    "$root"/crl/ca.crl "$root"/local/acl.local "$root"/passwords/* 2>/dev/null | sha256sum
}

# Copies everything to $candidate. Says on standard output what is wrong.
make_snapshot() {
  rm -rf "$candidate"
  mkdir "$candidate"
  if [ "$side" = cloud ]; then copy_certificates; else make_password_file; fi || return 1
  make_access_rules && make_configuration
}

copy_certificates() {
  for name in ca.crt tls.crt tls.key; do
    cp "$root/tls/$name" "$candidate/$name" 2>/dev/null || {
      echo "Expected a PEM file that user $(id -u) can read at $root/tls/$name, got none"
      return 1
    }
  done
  # A list that vanishes must not let everybody in again whom it kept out.
  if [ -e "$root/crl/ca.crl" ] || [ -e "$live/ca.crl" ]; then
    cp "$root/crl/ca.crl" "$candidate/ca.crl" 2>/dev/null || {
      echo "Expected a revocation list that user $(id -u) can read at $root/crl/ca.crl, got none"
      return 1
    }
  fi
}

# One file for each user, its name the user's, its content the password. printf is part of the shell: `ps` shows nothing.
make_password_file() {
  : >"$candidate/passwords"
  for file in "$root"/passwords/*; do
    user=${file##*/}
    case $user in
      '*') echo "Expected a file for each user in $root/passwords, got none" && return 1 ;;
      *[!a-z0-9-]*) echo "Expected users of a-z, 0-9 and - in $root/passwords, got '$user'" && return 1 ;;
    esac
    password=$(cat "$file" 2>/dev/null) || {
      echo "Expected a file that user $(id -u) can read, got none: $file"
      return 1
    }
    # A line break would be the next user.
    if [ -z "$password" ] || [ "$(printf '%s' "$password" | wc -l)" != 0 ]; then
      echo "Expected one line with a password in $file, got $(wc -l <"$file") lines of $(wc -c <"$file") bytes"
      return 1
    fi
    printf '%s:%s\n' "$user" "$password" >>"$candidate/passwords"
  done
  # Salted anew each time, so changes are told by what went in.
  sha256sum <"$candidate/passwords" >"$candidate/passwords-in"
  mosquitto_passwd -U "$candidate/passwords" >/dev/null 2>"$candidate/words" || {
    echo "Expected mosquitto_passwd to hash the passwords, got: $(cat "$candidate/words")"
    return 1
  }
}

make_access_rules() {
  sed "s#^\\([a-z ]*\\)face_detection#\\1$prefix#" "$here/$side.acl" >"$candidate/acl"
  if [ -e "$root/local/acl.local" ]; then
    # Rules before the first user would be those of the last one above.
    case $(grep -m 1 -E '^[[:space:]]*[^#[:space:]]' "$root/local/acl.local" || true) in
      '' | 'user '* | 'pattern '*) cat "$root/local/acl.local" >>"$candidate/acl" ;;
      *) echo "Expected $root/local/acl.local to begin with a line 'user NAME'" && return 1 ;;
    esac
  fi
}

make_configuration() {
  sed -E \
    -e "s#^(cafile|certfile|keyfile) .*/#\\1 $live/#" \
    -e "s#^acl_file .*#acl_file $live/acl#" \
    -e "s#^password_file .*#password_file $live/passwords#" \
    -e "s#^persistence_location .*#persistence_location $root/data/#" \
    -e "s#^listener .*#listener $port $host#" \
    "$here/$side.conf" >"$candidate/mosquitto.conf"
  [ ! -e "$candidate/ca.crl" ] || echo "crlfile $live/ca.crl" >>"$candidate/mosquitto.conf"
}

# Lets a second Mosquitto load the set, behind a socket file that nobody knows: nothing else here could tell whether key and
# certificate belong together. It opens its sockets one after the other; once the second is there, the first has its
# certificates. Says on standard output what is wrong.
try_snapshot() {
  trial=$run/trial
  rm -rf "$trial"
  mkdir "$trial"
  sed -e "s#$live/#$candidate/#" -e "s#^listener .*#listener 0 $trial/first#" -e 's#^persistence true#persistence false#' \
    "$candidate/mosquitto.conf" >"$trial/mosquitto.conf"
  sed -i '1i log_timestamp false' "$trial/mosquitto.conf"
  printf 'listener 0 %s\n' "$trial/second" >>"$trial/mosquitto.conf"
  (
    mosquitto -c "$trial/mosquitto.conf" >"$trial/words" 2>&1 &
    echo $! >"$trial/pid"
    wait $! || true
    : >"$trial/ended"
  ) &
  tries=0
  until [ -e "$trial/second" ] || [ -e "$trial/ended" ] || [ "$tries" = 200 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  verdict=0
  [ -e "$trial/second" ] || verdict=1
  [ ! -e "$trial/pid" ] || kill -TERM "$(cat "$trial/pid")" 2>/dev/null || true
  wait $! || true
  [ "$verdict" = 0 ] || echo "Mosquitto says: $({ grep -i error "$trial/words" || cat "$trial/words"; } | tail -n 3 | tr '\n' ' ')"
  rm -rf "$trial"
  return "$verdict"
}

# `restart`, `reload` or nothing: what Mosquitto needs for the candidate. It reads a server's certificate again at SIGHUP, but
# neither a CA nor a revocation list, and nobody who is connected is asked again.
needed_for_snapshot() {
  for name in mosquitto.conf ca.crt ca.crl; do
    is_same "$name" || { echo restart && return; }
  done
  for name in tls.crt tls.key acl passwords-in; do
    is_same "$name" || { echo reload && return; }
  done
}

is_same() {
  if [ -e "$candidate/$1" ] && [ -e "$live/$1" ]; then cmp -s "$candidate/$1" "$live/$1"; else
    [ ! -e "$candidate/$1" ] && [ ! -e "$live/$1" ]
  fi
}

# Mosquitto reads these at its start and at SIGHUP alone.
take_snapshot() {
  rm -rf "$live.former"
  [ ! -e "$live" ] || mv "$live" "$live.former"
  mv "$candidate" "$live"
  rm -rf "$live.former"
}
