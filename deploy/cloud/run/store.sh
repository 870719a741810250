# shellcheck shell=bash
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside the container
# Where the faces go, and with whose rights. STORE: docker's options for whoever needs the store.

STORE_FOLDER=/var/lib/sightline/faces

# Before anything is done.
check_bucket() {
  case $BUCKET in
    file://*)
      [[ $BUCKET =~ ^file:///[^:]*[^/:]$ ]] || fail_usage "Expected a folder such as file:///srv/faces, got \"$BUCKET\"." ;;
    *)
      [[ ${BUCKET#s3://} =~ ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9/_.=-]*)?$ ]] ||
        fail_usage "Expected a bucket such as my-bucket or my-bucket/prefix, got \"$BUCKET\"." ;;
  esac
}

prepare_store() {
  STORE=(-e "SIGHTLINE_STORE_PATH_STYLE=$PATH_STYLE")
  case $BUCKET in
    file://*) use_folder "${BUCKET#file://}" ;;
    *) use_bucket "${BUCKET#s3://}" ;;
  esac
}

# To try out: a folder of this machine.
use_folder() {
  [ -d "$1" ] || install -d -o 10001 -g 10001 "$1" 2> /dev/null ||
    fail "Expected a folder $1 that the processors (user 10001) can write, found none." \
      "sudo install -d -o 10001 -g 10001 $1"
  STORE+=(-e "SIGHTLINE_STORE_URL=file://$STORE_FOLDER" -v "$1:$STORE_FOLDER")
}

use_bucket() {
  if [ -n "$CREDENTIALS" ]; then
    use_credentials
  else
    [ -z "$ENDPOINT" ] || [ -n "$METADATA" ] ||
      fail 'Expected credentials for the store at --endpoint, got none.' '--credentials FILE'
    check_instance_role
    # Version 2 of the metadata service or nothing: the older one answers whoever can make a server fetch a URL.
    STORE+=(-e AWS_EC2_METADATA_V1_DISABLED=true)
    [ -z "${AWS_EC2_METADATA_SERVICE_ENDPOINT:-}" ] || STORE+=(-e AWS_EC2_METADATA_SERVICE_ENDPOINT)
  fi
  local region=${REGION:-$(metadata placement/region)}
  [ -z "$region" ] || STORE+=(-e "SIGHTLINE_STORE_REGION=$region")
  [ -z "$ENDPOINT" ] || STORE+=(-e "SIGHTLINE_STORE_ENDPOINT=$ENDPOINT")
  [ -n "$region$ENDPOINT" ] || fail "Expected the bucket's region, got none." '--region eu-central-1'
  STORE+=(-e "SIGHTLINE_STORE_URL=s3://$1")
}

# Into a volume, as a file: an environment variable would show in `docker inspect`. The processors read it once, at their
# start, so a note of its version makes them start anew when it changes.
use_credentials() {
  local profile version
  profile=$(as_profile "$CREDENTIALS")
  [ -z "$(find -L "$CREDENTIALS" -perm -004)" ] ||
    say "warning: everybody on this machine can read $CREDENTIALS: chmod 600 $CREDENTIALS"
  make_volume "$CREDENTIALS_VOLUME"
  version=$(in_image -i -v "$CREDENTIALS_VOLUME:/aws" -- sh -euc '
    umask 077
    cat > /aws/.new
    if cmp -s /aws/.new /aws/credentials; then rm /aws/.new; else
      cat /proc/sys/kernel/random/uuid > /aws/version
      mv -f /aws/.new /aws/credentials
    fi
    cat /aws/version' <<< "$profile")
  STORE+=(-v "$CREDENTIALS_VOLUME:/etc/sightline/aws:ro" --label "dev.sightline.credentials=$version"
    -e AWS_SHARED_CREDENTIALS_FILE=/etc/sightline/aws/credentials -e AWS_EC2_METADATA_DISABLED=true)
}

# No key is left lying about that nothing uses any more.
remove_unused_credentials() { [ -n "$CREDENTIALS" ] || remove_volume "$CREDENTIALS_VOLUME"; }

# Lines of an environment as the AWS tools' own file; such a file as it is.
as_profile() {
  if grep -q '^ *\[default\]' "$1"; then
    cat "$1"
    return
  fi
  local lines
  lines=$(sed -n -E "s/^ *(export +)?(AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN) *= *[\"']?([^\"'[:space:]]+)[\"']? *\$/\2 = \3/p" "$1" |
    awk '{ $1 = tolower($1); print }')
  { grep -q '^aws_access_key_id' <<< "$lines" && grep -q '^aws_secret_access_key' <<< "$lines"; } ||
    fail "Expected AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=… (or a profile [default]) in $CREDENTIALS, found less."
  printf '[default]\n%s\n' "$lines"
}
