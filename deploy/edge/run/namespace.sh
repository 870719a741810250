# shellcheck shell=bash disable=SC2154,SC2034
# The namespace: ours alone, or handed over to us. Part of run.sh.

# On each object that we apply, and what a namespace must have that we did not make.
OURS=app.kubernetes.io/part-of=sightline
# On a namespace that run.sh has made; the manifests don't say it, so nobody else's has it.
MADE_HERE=sightline.dev/made-by=run.sh

# Before anything is changed: what runs in a namespace gets our rules, that nobody may talk to it and what pods may be.
check_namespace() {
  namespace_is_there=''
  local former labels
  labels=$(labels_of_namespace)
  case $labels in
    '') ;;
    *" $OURS "*) namespace_is_there=yes ;;
    *) fail "--namespace: Expected one of Sightline's own, got $namespace, which is somebody else's" \
      'Another name is made anew. To hand this one over, with network policies and pod security for all that is in it:' \
      "kubectl label namespace $namespace $OURS" ;;
  esac
  former=$(value_of namespace "$STATE/settings")
  if [ -n "$former" ] && [ "$former" != "$namespace" ] && [ -n "$(deployments_in "$former")" ]; then
    # Two forwarders with one certificate, and two detectors at one camera.
    fail "--namespace: Expected $former, where this device runs, got $namespace" \
      'To move it: run.sh --doctor, then run.sh --down (what waits in the spool stays there), then this with a new bundle.'
  fi
}

deployments_in() { "${KUBECTL[@]}" --namespace "$1" get deployments -l "$OURS" -o name; }

# Each with a space on both sides; nothing where there is no such namespace.
labels_of_namespace() {
  # shellcheck disable=SC2016 # kubectl's own variables
  "${KUBECTL[@]}" get namespace "$namespace" --ignore-not-found \
    -o go-template='- {{range $key, $value := .metadata.labels}}{{$key}}={{$value}} {{end}}' ||
    end_with 1 "Expected to read the namespace $namespace, got no right to" "May this user read the cluster's configuration? sudo $0 …"
}

# Not applied, as everything else is: a later run that applies the manifests would take this label away again.
make_namespace() {
  "${KUBECTL[@]}" create -f - >&2 <<TEXT
apiVersion: v1
kind: Namespace
metadata:
  name: $namespace
  labels: { ${OURS/=/: }, ${MADE_HERE/=/: } }
TEXT
}

# What others have put into a namespace that was handed over is not ours to remove.
remove_namespace() {
  local labels
  labels=$(labels_of_namespace)
  if [[ $labels == *" $MADE_HERE "* ]]; then
    "${KUBECTL[@]}" delete namespace "$namespace" >&2
    return
  fi
  kube delete "$KINDS,serviceaccounts,persistentvolumeclaims" -l "$OURS" >&2
  kube delete secret cloud-tls broker-passwords camera-passwords --ignore-not-found >&2
  say "kept the namespace $namespace, which run.sh did not make"
}
