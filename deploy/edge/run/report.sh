# shellcheck shell=bash disable=SC2154
# What runs, what does not, and why; and the end of it. Part of run.sh.

READY_SECONDS=${SIGHTLINE_READY_SECONDS:-300}

# The pod of a service, if one runs: kubectl exec would wait a minute for one that does not come.
running_pod() {
  kube get pods -l "app.kubernetes.io/name=$1,app.kubernetes.io/part-of=sightline" --field-selector=status.phase=Running -o name | head -n 1
}

run_doctor() {
  local pod
  pod=$(running_pod forwarder)
  [ -n "$pod" ] || end_with 1 'Expected a forwarder to run, got none' 'run.sh --status says why.'
  kube exec "$pod" -- sightline doctor
}

deployments() {
  kube get deployments -l app.kubernetes.io/part-of=sightline -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'
}

wait_until_ready() {
  local name until=$((SECONDS + READY_SECONDS))
  for name in $(deployments); do
    kube rollout status "deployment/$name" --timeout="$((until > SECONDS ? until - SECONDS : 1))s" >&2 || true
  done
  wait_for_link
  show_status || end_with 1 "Expected all services to be ready within $READY_SECONDS s, got the above" 'run.sh --logs SERVICE shows more.'
  say 'Next: run.sh --doctor sends a test image through the whole chain.'
}

show_status() {
  local name pod is_well=yes
  echo "device $device, cloud mqtts://$(in_url "$host"):$port, namespace $namespace"
  for name in $(deployments); do
    if [ "$(kube get "deployment/$name" -o jsonpath='{.spec.replicas}')" = 0 ]; then
      echo "$name: off: no camera yet, run.sh --source …"
    elif kube rollout status "deployment/$name" --watch=false 2>/dev/null | grep -q 'successfully rolled out'; then
      echo "$name: ready"
    else
      is_well=''
      echo "$name: not ready"
      explain "$name" | sed 's/^/  /'
    fi
  done
  [ -n "$(deployments)" ] || { echo 'nothing runs: run.sh starts it' && return 1; }
  kube get secret cloud-tls -o jsonpath='{.data.tls\.crt}' 2>/dev/null | base64 -d 2>/dev/null | show_certificate || true
  pod=$(running_pod forwarder)
  if [ -n "$pod" ]; then
    show_link kube exec "$pod" -- < <(kube logs --tail 2000 "$pod" 2>/dev/null) || [ -n "$offline" ] || is_well=''
    show_spool kube exec "$pod" --
  fi
  [ -n "$is_well" ]
}

# A service that runs knows itself why it is not ready; of one that does not run, its last words are the reason.
explain() {
  local pod service
  for pod in $(kube get pods -l "app.kubernetes.io/part-of=sightline" -o name | grep -E "^pod/$1-[a-z0-9]+-[a-z0-9]+$" || true); do
    kube get "$pod" -o go-template='{{range .status.conditions}}{{if and (eq .status "False") .message}}{{.type}}: {{.message}}
{{end}}{{end}}{{range .status.containerStatuses}}{{with .state.waiting}}{{.reason}} {{.message}}
{{end}}{{with .lastState.terminated}}ended with exit code {{.exitCode}}: {{.message}}
{{end}}{{end}}' || true
    kube get events --field-selector "involvedObject.name=${pod#pod/},type=Warning" --sort-by=.lastTimestamp \
      -o go-template='{{range .items}}{{.reason}}: {{.message}}
{{end}}' 2>/dev/null | tail -n 2 || true
    service=$(kube get "$pod" -o jsonpath='{.metadata.labels.app\.kubernetes\.io/name}')
    [ "$service" = broker ] || kube exec "$pod" -- sightline health "$service" 2>&1 | grep -v '^ready$' || true
  done
}

# It comes a moment after the services are ready.
wait_for_link() {
  local pod end=$((SECONDS + 20))
  pod=$(running_pod forwarder)
  [ -n "$pod" ] && [ -z "$offline" ] || return 0
  while [ "$SECONDS" -lt "$end" ] && ! show_link kube exec "$pod" -- </dev/null >/dev/null; do sleep 2; done
}

follow_logs() {
  if [ -n "$logs_of" ]; then kube logs -f --tail 100 "deployment/$logs_of"; else
    kube logs -f --tail 20 --prefix --max-log-requests 10 -l app.kubernetes.io/part-of=sightline
  fi
}

take_down() {
  if [ -z "$purge" ]; then
    kube delete "$KINDS" -l app.kubernetes.io/part-of=sightline >&2
    say "kept: Secrets, the spool (claim spool in $namespace) and $STATE; run.sh goes on with them"
    return
  fi
  remove_namespace
  "${KUBECTL[@]}" delete priorityclass sightline-custody --ignore-not-found >&2
  rm -rf "$STATE"
  say "removed what was in the namespace $namespace, with its spool, and $STATE"
}
