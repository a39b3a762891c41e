{{/*
A backing service for evaluation: one pod, one volume, gone with the release. Called with a dict:
  root, name, values, user, port, env, command, mounts, volumes, mountPath (of its volume; none without it), probe
*/}}
{{- define "earshot.backing" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "earshot.name" $root) .name -}}
# For evaluation: no replica, no backup. Production brings its own (backing.{{ .name }}.enabled=false).
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels:
    {{- include "earshot.labels" (list $root .name) | nindent 4 }}
    earshot/for: evaluation
spec:
  serviceName: {{ $name }}
  replicas: 1
  selector:
    matchLabels: {{- include "earshot.selector" (list $root .name) | nindent 6 }}
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}
  template:
    metadata:
      labels:
        {{- include "earshot.labels" (list $root .name) | nindent 8 }}
        earshot/for: evaluation
      {{- with .annotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with $root.Values.images.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - {name: {{ . }}}
        {{- end }}
      {{- end }}
      securityContext: {{- include "earshot.podSecurity" . | nindent 8 }}
      containers:
        - name: {{ .name }}
          image: {{ .values.image }}
          imagePullPolicy: {{ $root.Values.images.pullPolicy }}
          {{- with .command }}
          command: {{- . | nindent 12 }}
          {{- end }}
          env: {{- .env | nindent 12 }}
          ports:
            - {name: {{ .name }}, containerPort: {{ .port }}}
          startupProbe:
            {{- .probe | nindent 12 }}
            periodSeconds: 2
            failureThreshold: 90
          readinessProbe:
            {{- .probe | nindent 12 }}
            periodSeconds: 5
          resources: {{- toYaml .values.resources | nindent 12 }}
          securityContext: {{- include "earshot.containerSecurity" . | nindent 12 }}
          volumeMounts:
            - {name: scratch, mountPath: /tmp}
            {{- with .mounts }}{{ . | nindent 12 }}{{ end }}
            {{- with .mountPath }}
            - {name: data, mountPath: {{ . }}}
            {{- end }}
      volumes:
        - name: scratch
          emptyDir: {sizeLimit: 64Mi}
        {{- with .volumes }}{{ . | nindent 8 }}{{ end }}
  {{- if .mountPath }}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources: {requests: {storage: {{ .values.storage }}}}
  {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels: {{- include "earshot.labels" (list $root .name) | nindent 4 }}
spec:
  clusterIP: None
  # Kafka's own first connection is to its own name.
  publishNotReadyAddresses: true
  selector: {{- include "earshot.selector" (list $root .name) | nindent 4 }}
  ports:
    - {name: {{ .name }}, port: {{ .port }}, targetPort: {{ .name }}}
{{- end }}
