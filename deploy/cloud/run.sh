#!/usr/bin/env bash
# Sightline's cloud on one machine with Docker: a broker that only enrolled devices reach, and image-processors that put
# what they send into a bucket. `run.sh --help` says how; docs: README.md beside this file.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
# Each file is one idea; this is the order in which they build on each other.
for part in words engine settings images volumes containers metadata names certified-names remembered authority store broker processors \
  bring-up take-down enrolment status backup timer; do
  # shellcheck source=/dev/null
  . "$HERE/run/$part.sh"
done

help() {
  cat <<'HELP'
Usage: run.sh PORT BUCKET [options]    start, change or update: what need not change stays as it is
       run.sh enrol NAME [--again]     print the bundle of a new device, for deploy/edge/run.sh --bundle -
       run.sh revoke NAME [--clear]    lock a device out, within seconds; and empty the broker of what it left there
       run.sh fleet [--json]           the devices: last seen, version, what waits there
       run.sh status                   each container, its checks, and the certificates
       run.sh doctor [--timeout S]     a test image through broker, processor and bucket
       run.sh audit --device NAME      a device's books against the bucket
       run.sh logs [broker|N] [-f]     the last lines of the broker, of processor N, or of all
       run.sh renew NAME               a bundle with a new certificate for a device; the one it has stays good
       run.sh renew [--all]            new certificates for broker and processors whose own end within 30 days; or all
       run.sh renew --install-timer    the same once a day, by systemd
       run.sh pki list|renew|…         the private certificate authority itself
       run.sh backup FILE              the authority, in a file that only you can read: keep it elsewhere
       run.sh restore FILE             on a new machine, before the first start
       run.sh --down [--purge --yes]   undo; keeps the authority and what the broker holds, unless --purge

  PORT                the one port that is open to devices (TLS with certificates on both sides), such as 8883
  BUCKET              my-bucket, my-bucket/prefix or s3://my-bucket/prefix; to try out: file:///srv/faces
  --region R          the bucket's region (default: the one that this EC2 instance is in)
  --host NAME         how devices reach this machine, a name or an address; repeat for more. It comes to the names that were
                      given before *; the first one given goes into the bundles (default: what EC2 or the system says)
  --forget-host NAME  takes a name out again: devices that were enrolled with it are out
  --processors N      image-processors (default 1) *
  --credentials FILE  of the bucket, where no instance role gives them: lines AWS_ACCESS_KEY_ID=… and
                      AWS_SECRET_ACCESS_KEY=…, or an AWS credentials file (its default profile)
  --endpoint URL      an S3-compatible store instead of AWS; --path-style where it wants the bucket in the path
  --topic-prefix P    first level of all topics (default face_detection) *
  --acl FILE          access rules of your own, added to the broker's (deploy/broker) *; --no-acl: without them again
  --ca-cert FILE      an authority of yours instead of a new one, at the first start: its certificate, followed by those above
  --ca-key FILE       it up to the root, and its private key
  --registry REG      pull REG/sightline-cloud:VERSION instead of building it from this clone
  --broker-image I    default eclipse-mosquitto:2
  --pull              look for newer base images, too
  * stays until something else is given; the other options have to be given each time

Examples
  ./run.sh 8883 my-faces --region eu-central-1 --host cloud.example.org
  ./run.sh 8883 faces/site-a --endpoint https://minio.example.org --path-style --credentials ./minio.env
  ssh cloud sudo sightline/deploy/cloud/run.sh enrol gate-3 | ssh gate-3 sudo sightline/deploy/edge/run.sh --bundle -

Exit codes: 0 done; 1 it failed, and why; 2 wrong arguments; 5 (status) something is not well.
HELP
}

main() {
  case ${1:-} in
    '') help >&2; exit 2 ;;
    -h | --help | help) help ;;
    enrol | enroll) shift; enrol "$@" ;;
    revoke) shift; revoke "$@" ;;
    fleet) shift; as_operator fleet "$@" ;;
    doctor) shift; as_operator doctor --from cloud "$@" ;;
    audit) shift; as_operator audit "$@" ;;
    pki) shift; pki_by_hand "$@" ;;
    renew) shift; renew "$@" ;;
    status) shift; status "$@" ;;
    logs) shift; logs "$@" ;;
    backup) shift; backup "$@" ;;
    restore) shift; restore "$@" ;;
    --down | down) shift; take_down "$@" ;;
    *) bring_up "$@" ;;
  esac
}

# On one line, so that bash has read all of this file before it begins: a clone may be updated meanwhile.
main "$@"; exit
