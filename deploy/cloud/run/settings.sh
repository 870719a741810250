# shellcheck shell=bash
# shellcheck disable=SC2034 # these are read by the files beside this one
# What run.sh is asked for, and the names of everything that it makes.

CLONE=$(cd -- "$HERE/../.." && pwd)
VERSION=$(sed -n '/^ *"version": *"/{s///;s/".*//p;q}' "$CLONE/package.json")

LABEL=dev.sightline=cloud
CLOUD_NETWORK=sightline-cloud
BROKER=sightline-cloud-broker
PROCESSOR=sightline-cloud-processor
PKI_VOLUME=sightline-cloud-pki
BROKER_TLS_VOLUME=sightline-cloud-broker-tls
BROKER_DATA_VOLUME=sightline-cloud-broker-data
BROKER_CONFIG_VOLUME=sightline-cloud-broker-config
BROKER_LOCAL_VOLUME=sightline-cloud-broker-local
PROCESSOR_TLS_VOLUME=sightline-cloud-processor-tls
OPERATOR_TLS_VOLUME=sightline-cloud-operator-tls
CREDENTIALS_VOLUME=sightline-cloud-credentials
# Inside the network; on the machine it is published as PORT.
BROKER_PORT=8883

PORT='' BUCKET='' REGION='' ENDPOINT='' CREDENTIALS='' REGISTRY='' CA_CERT='' CA_KEY=''
PATH_STYLE=false PULL=false
# Kept from one run to the next where nothing else is given (remembered.sh).
HOSTS=() FORGOTTEN_HOSTS=() PROCESSORS='' TOPIC_PREFIX='' ACL='' NO_ACL=false
BROKER_IMAGE=eclipse-mosquitto:2

read_settings() {
  local positional=()
  while [ $# -gt 0 ]; do
    case $1 in
      --path-style) PATH_STYLE=true ;;
      --pull) PULL=true ;;
      --no-acl) NO_ACL=true ;;
      --region | --host | --forget-host | --processors | --credentials | --endpoint | --topic-prefix | --acl | --registry | \
        --broker-image | --ca-cert | --ca-key)
        [ -n "${2:-}" ] || fail_usage "Expected a value after $1, got nothing."
        take_option "$1" "$2"
        shift ;;
      -*) fail_usage "Expected one of the known options, got \"$1\"." ;;
      *) positional+=("$1") ;;
    esac
    shift
  done
  [ "${#positional[@]}" -eq 2 ] ||
    fail_usage "Expected PORT and BUCKET, or one of the commands, got \"${positional[*]}\"."
  PORT=${positional[0]}
  BUCKET=${positional[1]}
  check_settings
}

take_option() {
  case $1 in
    --region) REGION=$2 ;;
    --host) HOSTS+=("$2") ;;
    --forget-host) FORGOTTEN_HOSTS+=("$2") ;;
    --processors) PROCESSORS=$2 ;;
    --credentials) CREDENTIALS=$2 ;;
    --endpoint) ENDPOINT=$2 ;;
    --topic-prefix) TOPIC_PREFIX=$2 ;;
    --acl) ACL=$2 ;;
    --registry) REGISTRY=${2%/} ;;
    --broker-image) BROKER_IMAGE=$2 ;;
    --ca-cert) CA_CERT=$2 ;;
    --ca-key) CA_KEY=$2 ;;
  esac
}

check_settings() {
  local host file
  check_bucket
  { [[ $PORT =~ ^[0-9]{1,5}$ ]] && [ "$PORT" -ge 1 ] && [ "$PORT" -le 65535 ]; } ||
    fail_usage "Expected a port from 1 to 65535, got \"$PORT\"."
  [[ $PROCESSORS =~ ^([1-9][0-9]?)?$ ]] ||
    fail_usage "--processors: Expected a number from 1 to 99, got \"$PROCESSORS\"."
  [[ $ENDPOINT =~ ^(https?://[^/]+/?)?$ ]] ||
    fail_usage "--endpoint: Expected a URL such as https://minio.example.org, got \"$ENDPOINT\"."
  [[ $REGION =~ ^[a-z0-9-]*$ ]] || fail_usage "--region: Expected a name such as eu-central-1, got \"$REGION\"."
  [[ $TOPIC_PREFIX =~ ^([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*)?$ ]] ||
    fail_usage "--topic-prefix: Expected letters, digits and _ . -, with / between them, got \"$TOPIC_PREFIX\"."
  for host in "${HOSTS[@]}"; do
    [[ $host =~ ^[A-Za-z0-9.:-]+$ ]] || fail_usage "--host: Expected a name or an address, got \"$host\"."
  done
  [ -z "$ACL" ] || [ "$NO_ACL" = false ] || fail_usage 'Expected --acl FILE or --no-acl, got both.'
  [ "${CA_CERT:+given}" = "${CA_KEY:+given}" ] || fail_usage 'Expected --ca-cert FILE and --ca-key FILE together, got one of them.'
  for file in "$CREDENTIALS" "$ACL" "$CA_CERT" "$CA_KEY"; do
    [ -z "$file" ] || [ -r "$file" ] || fail "Expected a file that can be read at $file, got none."
  done
}
