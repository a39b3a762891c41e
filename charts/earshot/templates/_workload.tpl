{{/*
A component that runs as a Deployment, with all that belongs to it. Called with a dict:

  root, name        the chart's context; the component's name
  values            its part of the values, all of the same shape
  image             the image of its container
  ports             name → number
  queuesInTriton    whether its work waits in Triton's queue, and not in the gateway's
  headless          whether clients balance over its pods by themselves, as gRPC does
  probes            YAML of startup-, readiness- and livenessProbe
  env, volumeMounts, volumes, initContainers, args, securityContext    YAML, each optional
  podLabels         more labels of its pods, optional
  drainSeconds      how long requests in flight may last once the pod is to end
*/}}
{{- define "earshot.workload" -}}
{{ include "earshot.deployment" . }}
---
{{ include "earshot.service" . }}
---
{{ include "earshot.serviceAccount" . }}
{{- if .values.podDisruptionBudget.enabled }}
---
{{ include "earshot.podDisruptionBudget" . }}
{{- end }}
{{- if .values.autoscaling.enabled }}
---
{{ include "earshot.autoscaler" . }}
{{- end }}
{{- end }}

{{- define "earshot.deployment" -}}
{{- $root := .root -}}
{{- $values := .values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "earshot.name" $root }}-{{ .name }}
  labels: {{- include "earshot.labels" (list $root .name) | nindent 4 }}
spec:
  {{- if not (or $values.autoscaling.enabled (dig "keda" "enabled" false $values)) }}
  replicas: {{ $values.replicas }}
  {{- end }}
  selector:
    matchLabels: {{- include "earshot.selector" (list $root .name) | nindent 6 }}
  strategy:
    rollingUpdate: {{- toYaml $values.rollingUpdate | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "earshot.labels" (list $root .name) | nindent 8 }}
        {{- with .podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ .name }}
        {{- with .annotations }}{{ toYaml . | nindent 8 }}{{ end }}
        {{- with $values.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      {{- include "earshot.podSpec" . | nindent 6 }}
      containers:
        - name: {{ .name }}
          image: {{ .image }}
          imagePullPolicy: {{ $root.Values.images.pullPolicy }}
          {{- with .args }}
          args: {{- . | nindent 12 }}
          {{- end }}
          {{- with .command }}
          command: {{- . | nindent 12 }}
          {{- end }}
          env:
            {{- with .env }}{{ . | nindent 12 }}{{ end }}
            {{- range $setting, $value := $values.settings }}
            - {name: EARSHOT_{{ $setting }}, value: {{ $value | toString | quote }}}
            {{- end }}
            {{- with $values.extraEnv }}{{ toYaml . | nindent 12 }}{{ end }}
          {{- with .envFrom }}
          envFrom: {{- . | nindent 12 }}
          {{- end }}
          ports:
            {{- range $port, $number := .ports }}
            - {name: {{ $port }}, containerPort: {{ $number }}}
            {{- end }}
          {{- .probes | nindent 10 }}
          lifecycle:
            # Endpoints are told of the pod's end while it still serves; only then it is asked to stop.
            preStop: {sleep: {seconds: {{ $root.Values.preStopSeconds }}}}
          resources: {{- include "earshot.resources" . | nindent 12 }}
          securityContext: {{- include "earshot.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: scratch, mountPath: /tmp}
            {{- with .volumeMounts }}{{ . | nindent 12 }}{{ end }}
      volumes:
        # In memory, so that no audio ever reaches a disk by way of a temporary file.
        - name: scratch
          emptyDir: {medium: Memory, sizeLimit: {{ $root.Values.scratchSize }}}
        {{- with .volumes }}{{ . | nindent 8 }}{{ end }}
{{- end }}

{{/* What every pod's spec begins with; the same dict, of which root, name, values and drainSeconds count here. */}}
{{- define "earshot.podSpec" -}}
{{- $root := .root -}}
{{- $values := .values -}}
serviceAccountName: {{ include "earshot.name" $root }}-{{ .name }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - {name: {{ . }}}
  {{- end }}
{{- end }}
{{- with .drainSeconds }}
terminationGracePeriodSeconds: {{ add $root.Values.preStopSeconds . 10 }}
{{- end }}
{{- $class := $values.priorityClassName }}
{{- if and (not $class) $root.Values.priorityClasses.create }}
{{- $class = printf "%s-%s" (include "earshot.name" $root) .priorityClass }}
{{- end }}
{{- with $class }}
priorityClassName: {{ . }}
{{- end }}
securityContext: {{- include "earshot.podSecurity" . | nindent 2 }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity | default .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: {{ $root.Values.spread }}
    labelSelector:
      matchLabels: {{- include "earshot.selector" (list $root $.name) | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- with .initContainers }}
initContainers: {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What Kubernetes' restricted standard asks for; `user` is 10001 unless the image has its own. */}}
{{- define "earshot.podSecurity" -}}
{{- $user := .user | default 10001 -}}
runAsNonRoot: true
runAsUser: {{ $user }}
runAsGroup: {{ $user }}
fsGroup: {{ $user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "earshot.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* A GPU is asked for by the engine, not in each values file. */}}
{{- define "earshot.resources" -}}
{{- $gpus := .gpus | default 0 | int -}}
{{- $gpu := gt $gpus 0 | ternary (dict "nvidia.com/gpu" $gpus) dict -}}
{{- $limits := merge (dict) ($.values.resources.limits | default dict) $gpu -}}
requests: {{- toYaml $.values.resources.requests | nindent 2 }}
{{- with $limits }}
limits: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "earshot.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "earshot.name" .root }}-{{ .name }}
  labels: {{- include "earshot.labels" (list .root .name) | nindent 4 }}
  {{- with .values.service }}{{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}{{- end }}
spec:
  {{- if .headless }}
  # Without an address of its own: gRPC's clients see every pod and spread their calls over them.
  clusterIP: None
  {{- else if .values.service }}
  type: {{ .values.service.type }}
  {{- end }}
  selector: {{- include "earshot.selector" (list .root .name) | nindent 4 }}
  ports:
    {{- range $port, $number := .ports }}
    - name: {{ $port }}
      port: {{ $number }}
      targetPort: {{ $port }}
      {{- if eq $port "grpc" }}
      appProtocol: kubernetes.io/h2c
      {{- end }}
    {{- end }}
{{- end }}

{{- define "earshot.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "earshot.name" .root }}-{{ .name }}
  labels: {{- include "earshot.labels" (list .root .name) | nindent 4 }}
  {{- with .values.serviceAccountAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}

{{- define "earshot.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "earshot.name" .root }}-{{ .name }}
  labels: {{- include "earshot.labels" (list .root .name) | nindent 4 }}
spec:
  maxUnavailable: {{ .values.podDisruptionBudget.maxUnavailable }}
  # A pod that isn't ready serves nobody, and must not hold up a node's drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "earshot.selector" (list .root .name) | nindent 6 }}
{{- end }}

{{- define "earshot.autoscaler" -}}
{{- $scale := .values.autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "earshot.name" .root }}-{{ .name }}
  labels: {{- include "earshot.labels" (list .root .name) | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "earshot.name" .root }}-{{ .name }}}
  minReplicas: {{ $scale.minReplicas }}
  maxReplicas: {{ $scale.maxReplicas }}
  metrics:
    {{- with $scale.queuedAudioSeconds }}
    - type: External
      external:
        {{- if $.queuesInTriton }}
        # Workers send windows as soon as they have them; one counts as its 30 s.
        metric:
          name: nv_inference_pending_request_count
          selector:
            matchLabels: {namespace: {{ $.root.Release.Namespace }}, release: {{ $.root.Release.Name }}, component: {{ $.name }}}
        target: {type: AverageValue, averageValue: {{ div . 30 | max 1 | quote }}}
        {{- else }}
        metric:
          name: earshot_queued_audio_seconds
          selector:
            matchLabels: {namespace: {{ $.root.Release.Namespace }}, release: {{ $.root.Release.Name }}}
        target: {type: AverageValue, averageValue: {{ . | quote }}}
        {{- end }}
    {{- end }}
    {{- if $scale.cpuPercent }}
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ $scale.cpuPercent }}}
    {{- end }}
  behavior:
    # Quick to help, slow to leave: a replica that loads a model is worth keeping for the next burst.
    scaleUp: {stabilizationWindowSeconds: 0}
    scaleDown:
      stabilizationWindowSeconds: 300
      policies: [{type: Pods, value: 1, periodSeconds: 60}]
{{- end }}
