# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# What this machine keeps of its device in /etc/sightline. Part of run.sh.

CAMERA_FILE=$STATE/face-detector.env

is_set_up() { [ -e "$STATE/sightline.env" ] && [ -e "$STATE/passwords/forwarder" ]; }

# What was said in an earlier run, where nothing is said now. To build is to leave the registry of an earlier run.
read_settings() {
  local former
  former=$(value_of REGISTRY "$STATE/compose.env")
  if [ -z "$registry" ] && [ -n "$former" ]; then
    if [ "$build" = always ]; then say "--build: from this clone, and no longer from $former"; else registry=$former; fi
  fi
  broker_image=${broker_image:-$(value_of BROKER_IMAGE "$STATE/compose.env")}
  broker_image=${broker_image:-eclipse-mosquitto:2}
  [[ $registry$broker_image =~ ^[A-Za-z0-9._:/@-]*$ ]] ||
    fail "--registry, --broker-image: Expected an address such as registry.example/sightline, got '$registry', '$broker_image'"
}

# Once it runs: a run that failed is not remembered.
save_settings() {
  printf 'REGISTRY=%s\nBROKER_IMAGE=%s\n' "$registry" "$broker_image" >"$STATE/compose.env.new"
  mv "$STATE/compose.env.new" "$STATE/compose.env"
}

make_state() {
  umask 077
  mkdir -p "$STATE"
  chmod 755 "$STATE"
  mkdir -p "$STATE"/tls "$STATE"/passwords "$STATE"/cameras "$STATE"/broker
  # The services are user 10001, the broker is 1883; the folders are mounted into theirs alone.
  chown 10001:10001 "$STATE/tls" "$STATE/cameras"
  chown 1883:1883 "$STATE/broker" "$STATE/passwords"
  [ -e "$STATE/sightline.yaml" ] || cp "$here/sightline.yaml" "$STATE/sightline.yaml"
  chmod 644 "$STATE/sightline.yaml"
}

# A copy: the clone may be readable for its owner alone, or go away.
copy_broker_files() {
  local name folder=$STATE/broker-files
  mkdir -p "$folder"
  chmod 755 "$folder"
  for name in entrypoint.sh snapshot.sh kept.sh edge.conf edge.acl; do
    install -m 644 "$CLONE/deploy/broker/$name" "$folder/$name.new"
    mv -f "$folder/$name.new" "$folder/$name"
  done
}

# Random, once, never shown. Read by the broker (all) and by the service that has the name.
make_passwords() {
  local user file
  for user in face-detector message-logger forwarder; do
    file=$STATE/passwords/$user
    [ -s "$file" ] || head -c 24 /dev/urandom | base64 >"$file"
    chown 10001:1883 "$file"
    chmod 440 "$file"
  done
}

# Another one when a file has changed that services read at their start alone: Compose makes their containers anew then.
# Certificates are not among them; they are read at each connection.
configuration_mark() { mark_of sightline.yaml sightline.env face-detector.env passwords cameras; }

# The broker looks at its settings itself, but runs the script that it was started with.
broker_mark() { mark_of broker-files/entrypoint.sh broker-files/snapshot.sh broker-files/kept.sh; }

mark_of() { (cd "$STATE" && find "$@" -type f -exec sha256sum {} + 2>/dev/null | sort | sha256sum | cut -c1-16); }
