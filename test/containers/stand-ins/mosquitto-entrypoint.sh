#!/bin/sh
# As upstream's: root hands the volumes to the user that Mosquitto becomes.
set -e
if [ "$(id -u)" = 0 ] && [ -d /mosquitto ]; then chown -R mosquitto:mosquitto /mosquitto || true; fi
exec "$@"
