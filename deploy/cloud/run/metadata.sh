# shellcheck shell=bash
# EC2's instance metadata: this machine's names, its region, and whether containers get the credentials of its role.

# Asked once, from this machine's own network, where no hop is in between. METADATA: lines `path=value`; empty elsewhere.
read_metadata() {
  METADATA=$(ask_metadata host instance-id placement/region public-hostname public-ipv4 local-ipv4 \
    iam/security-credentials/ || true)
}

ask_metadata() {
  local network=$1
  shift
  # The variable is the one of the AWS tools.
  in_image -i --network "$network" -- node --input-type=module - \
    "${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}" "$@" < "$HERE/run/ask-metadata.js"
}

# What it said about a path; nothing where it said nothing.
metadata() { sed -n "s|^$1=||p" <<< "$METADATA"; }

# An answer of the metadata service may pass as many hops as the instance's hop limit says. A container on a bridge network
# is one hop further than the machine, so with the limit 1 its answers die on the way, and the processors would wait for
# credentials for ever. Better said now.
check_instance_role() {
  [ -n "$METADATA" ] || fail 'Expected credentials for the bucket, got none: this is no EC2 instance with a role.' \
    'Elsewhere: --credentials FILE, with the lines AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…' \
    'On EC2 is the metadata service switched off? aws ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id …'
  local instance region
  instance=$(metadata instance-id)
  region=$(metadata placement/region)
  [ -n "$(metadata iam/security-credentials/)" ] ||
    fail "Expected this instance to have a role that may write the bucket, got an instance without one." \
      "aws ec2 associate-iam-instance-profile --instance-id ${instance:-ID} --iam-instance-profile Name=PROFILE --region ${region:-REGION}" \
      'or: --credentials FILE'
  ask_metadata "$CLOUD_NETWORK" > /dev/null ||
    fail "Expected containers to reach this instance's metadata, but its answers end at the machine: hop limit 1." \
      'A container is one hop further away. Allow two, then run this again:' \
      "aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --http-tokens required --instance-id ${instance:-ID} --region ${region:-REGION}"
}
