# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read by the parts beside this one
# The options that both run.sh of a device understand.

action=up
address=() bundle='' source='' camera_id='' camera_user='' camera_password=''
registry='' broker_image='' build=missing build_args=() offline='' purge='' sure='' logs_of='' no_camera=''

# take_value NAME VALUE: --camera-id door sets camera_id.
take_value() {
  case ${2:-} in '' | --*) fail "$1: Expected a value, got none" 'See run.sh --help' ;; esac
  local name=${1#--}
  printf -v "${name//-/_}" %s "$2"
}

# take_option WORD [NEXT]: sets taken to how many words it took. What only one of them understands comes before.
take_option() {
  taken=1
  case $1 in
    --bundle | --source | --camera-id | --camera-user | --camera-password | --registry | --broker-image)
      take_value "$1" "${2:-}"
      taken=2
      ;;
    --build) build=always ;;
    --no-build) build=never ;;
    --build-arg)
      [[ ${2:-} == *=* ]] || fail "--build-arg: Expected NAME=VALUE, got '${2:-}'"
      build_args+=(--build-arg "$2")
      taken=2
      ;;
    --offline) offline=yes ;;
    --status | --doctor | --down) action=${1#--} ;;
    --logs)
      action=logs
      [ $# -eq 1 ] || { logs_of=$2 && taken=2; }
      ;;
    --purge) purge=yes ;;
    --yes) sure=yes ;;
    -h | --help) usage && exit 0 ;;
    -*) fail "Expected one of the options of --help, got $1" ;;
    *) address+=("$1") ;;
  esac
}

check_options() {
  [ ${#address[@]} -eq 0 ] || [ ${#address[@]} -eq 2 ] ||
    fail "Expected HOST and PORT of the cloud broker, got: ${address[*]}" 'For example: run.sh cloud.example 8883 --bundle gate-3.bundle'
  [ -z "$purge" ] || [ "$action" = down ] || fail '--purge: Expected it together with --down'
  [ -z "$purge" ] || [ -n "$sure" ] ||
    fail '--purge: Expected --yes besides: captures that wait in the spool, the certificate and the configuration are lost by it'
}
