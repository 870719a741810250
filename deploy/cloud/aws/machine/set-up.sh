#!/usr/bin/env bash
# Makes a bare Amazon Linux 2023 machine into Sightline's cloud side. The user data calls it once, as root; calling it again
# does no harm. Afterwards systemd runs deploy/cloud/run.sh at each start, and renews certificates once a day.
set -euo pipefail

help() {
  cat <<'END'
Usage: set-up.sh --address IP --volume VOLUME --region REGION -- ARGUMENTS OF deploy/cloud/run.sh

  --address IP      the fixed address that devices connect to; waits until this machine has it
  --volume VOLUME   the volume (vol-…) for certificates and the broker's sessions; waits until another machine has let go of it
  --region REGION   the region of all this
END
}

say() { printf 'set-up: %s\n' "$*"; }
fail() {
  printf 'set-up: %s\n' "$*" >&2
  exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cloud=$(cd "$here/../.." && pwd)
address='' volume='' region=''
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h)
      help
      exit 0
      ;;
    --address | --volume | --region)
      [ $# -ge 2 ] || fail "Expected a value after $1"
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --)
      shift
      break
      ;;
    *) fail "Expected --address, --volume, --region or --, got $1" ;;
  esac
done
[[ $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] || fail "Expected --address to be an IPv4 address, got '$address'"
[[ $volume =~ ^vol-[0-9a-f]+$ ]] || fail "Expected --volume to be a volume such as vol-0abc, got '$volume'"
[[ $region =~ ^[a-z0-9-]+$ ]] || fail "Expected --region to be a region, got '$region'"
[ $# -ge 2 ] || fail 'Expected PORT and BUCKET after --'
arguments=("$@")

# What the machine knows of itself. IMDSv2: a token first.
metadata() {
  local token
  token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

# The fixed address comes some moments after the first start, and takes every connection along that is open by then.
wait_for_address() {
  say "waiting for the address $address"
  until [ "$(metadata public-ipv4)" = "$address" ]; do sleep 5; done
}

# When a new machine takes over, the volume is free only once the old machine is gone.
attach_volume() {
  device="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume/-/}"
  local instance
  instance=$(metadata instance-id)
  say "waiting for the volume $volume"
  until [ -b "$device" ]; do
    aws ec2 attach-volume --region "$region" --volume-id "$volume" --instance-id "$instance" --device /dev/sdf >/dev/null || true
    sleep 5
  done
}

# Docker keeps its named volumes in one folder: with it, certificates and sessions outlive the machine.
mount_volume() {
  local folder=/var/lib/docker/volumes
  # XFS has no lost+found, which Docker would take for a volume.
  blkid "$device" >/dev/null || mkfs.xfs -q -L sightline "$device"
  mkdir -p "$folder" /etc/systemd/system/docker.service.d
  grep -q "^LABEL=sightline " /etc/fstab || echo "LABEL=sightline $folder xfs defaults,noatime 0 0" >>/etc/fstab
  mountpoint -q "$folder" || mount "$folder"
  # Without the volume Docker would begin with an empty folder, and run.sh would make another authority.
  printf '[Unit]\nRequiresMountsFor=%s\n' "$folder" >/etc/systemd/system/docker.service.d/sightline.conf
}

install_docker() {
  until dnf -y -q install docker; do sleep 10; done
  systemctl daemon-reload
  systemctl enable --now docker
}

# `sudo sightline enrol gate-3`, `sudo sightline status`, … for people who come by Session Manager. A bundle is one line, so that it
# can be told from what the session prints around it.
install_command() {
  # Not below /usr/local: sudo does not look there on every system.
  cat >/usr/bin/sightline <<END
#!/usr/bin/env bash
set -euo pipefail
if [ "\${1:-}" = enrol ] || { [ "\${1:-}" = renew ] && [[ \${2:-} =~ ^[a-z0-9] ]]; }; then
  bash '$cloud/run.sh' "\$@" | tr -d '\n'
  echo
else
  exec bash '$cloud/run.sh' "\$@"
fi
END
  chmod 0755 /usr/bin/sightline
}

install_services() {
  # systemd takes % and $ in commands for its own; none of the arguments may have one (settings.ts), so quoting is enough.
  local command="/usr/bin/bash $cloud/run.sh"
  local argument
  for argument in "${arguments[@]}"; do command+=" \"$argument\""; done
  cat >/etc/systemd/system/sightline-cloud.service <<END
[Unit]
Description=Sightline's broker and image-processors
Requires=docker.service
After=docker.service network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
Environment=HOME=/root
ExecStart=$command
# The first start builds images on a small machine.
TimeoutStartSec=45min
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
END
  cat >/etc/systemd/system/sightline-renew.service <<END
[Unit]
Description=Renew Sightline's certificates that end soon
Requires=docker.service
After=docker.service

[Service]
Type=oneshot
Environment=HOME=/root
ExecStart=/usr/bin/bash $cloud/run.sh renew
END
  cat >/etc/systemd/system/sightline-renew.timer <<'END'
[Unit]
Description=Look once a day which of Sightline's certificates end soon

[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
Persistent=true

[Install]
WantedBy=timers.target
END
  systemctl daemon-reload
  systemctl enable --now sightline-renew.timer
  systemctl enable sightline-cloud.service
  # systemd tries again by itself.
  systemctl restart sightline-cloud.service || say 'the first try failed, another follows: journalctl -u sightline-cloud'
}

# shellcheck disable=SC2154 # attach_volume sets device.
main() {
  wait_for_address
  attach_volume
  mount_volume
  install_docker
  install_command
  install_services
  say 'done: sudo sightline status'
}
main
