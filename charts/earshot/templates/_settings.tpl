{{/* The environment of the services; docs/settings.md says what each variable means. */}}

{{/* (list $ VARIABLE secret key) */}}
{{- define "earshot.fromSecret" -}}
- name: {{ index . 0 }}
  valueFrom: {secretKeyRef: {name: {{ index . 1 }}, key: {{ index . 2 }}}}
{{- end }}

{{- define "earshot.env.service" -}}
- {name: EARSHOT_LOG_FORMAT, value: json}
- {name: EARSHOT_LOG_LEVEL, value: {{ .root.Values.logLevel }}}
- {name: EARSHOT_SHUTDOWN_GRACE_SECONDS, value: {{ .drainSeconds | quote }}}
{{- with .root.Values.tracing }}
{{- if .endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .endpoint | quote }}}
- {name: OTEL_TRACES_SAMPLER, value: parentbased_traceidratio}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ .share | quote }}}
- name: EARSHOT_POD
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- {name: OTEL_RESOURCE_ATTRIBUTES, value: "k8s.namespace.name={{ $.root.Release.Namespace }},k8s.pod.name=$(EARSHOT_POD)"}
{{- end }}
{{- end }}
{{- end }}

{{/* Where rows are; all that `earshot migrate` needs. */}}
{{- define "earshot.env.database" -}}
{{- $postgresql := .Values.backing.postgresql }}
{{- if $postgresql.enabled }}
{{- include "earshot.fromSecret" (list "EARSHOT_DATABASE_URL" (include "earshot.generatedSecret" .) "database-url") }}
{{- else }}
{{- include "earshot.fromSecret" (list "EARSHOT_DATABASE_URL" $postgresql.external.secretName $postgresql.external.secretKey) }}
{{- end }}
{{- end }}

{{/* For those who take jobs and those who do them. */}}
{{- define "earshot.env.jobs" -}}
{{- $backing := .Values.backing -}}
{{ include "earshot.env.database" . }}
{{ include "earshot.env.masterKeys" . }}
{{ if $backing.valkey.enabled }}
{{- include "earshot.fromSecret" (list "EARSHOT_REDIS_URL" (include "earshot.generatedSecret" .) "redis-url") }}
{{- else }}
{{- include "earshot.fromSecret" (list "EARSHOT_REDIS_URL" $backing.valkey.external.secretName $backing.valkey.external.secretKey) }}
{{- end }}
- name: EARSHOT_BLOBS
  value: {{ $backing.blobs.enabled | ternary "/var/lib/earshot/blobs" $backing.blobs.external.url }}
{{- with $backing.blobs.external.endpoint }}
- {name: AWS_ENDPOINT_URL, value: {{ . | quote }}}
{{- end }}
{{ include "earshot.env.kafka" . }}
{{- end }}

{{- define "earshot.env.masterKeys" -}}
{{- if .Values.masterKeys.secretName }}
{{- include "earshot.fromSecret" (list "EARSHOT_MASTER_KEYS" .Values.masterKeys.secretName .Values.masterKeys.secretKey) }}
{{- else }}
{{- include "earshot.fromSecret" (list "EARSHOT_MASTER_KEYS" (include "earshot.generatedSecret" .) "master-keys") }}
{{- end }}
{{- end }}

{{/* Who refines transcripts. */}}
{{- define "earshot.env.postprocess" -}}
- {name: EARSHOT_POSTPROCESS_HOST, value: {{ include "earshot.name" . }}-postprocess}
{{- end }}

{{- define "earshot.env.kafka" -}}
{{- $kafka := .Values.backing.kafka -}}
{{- if $kafka.enabled -}}
- {name: EARSHOT_KAFKA_SERVERS, value: "{{ include "earshot.name" . }}-kafka:9092"}
{{- else -}}
{{- $external := $kafka.external -}}
- {name: EARSHOT_KAFKA_SERVERS, value: {{ $external.servers | quote }}}
- {name: EARSHOT_KAFKA_TOPIC, value: {{ $external.topic | quote }}}
- {name: EARSHOT_KAFKA_TLS, value: {{ $external.tls | quote }}}
{{- with $external.caSecretName }}
- {name: EARSHOT_KAFKA_CA_FILE, value: /etc/earshot/kafka/ca.crt}
{{- end }}
{{- if $external.saslMechanism }}
- {name: EARSHOT_KAFKA_SASL_MECHANISM, value: {{ $external.saslMechanism }}}
{{ include "earshot.fromSecret" (list "EARSHOT_KAFKA_SASL_USERNAME" $external.secretName "username") }}
{{ include "earshot.fromSecret" (list "EARSHOT_KAFKA_SASL_PASSWORD" $external.secretName "password") }}
{{- end }}
{{- end }}
{{- end }}

{{/* (list $ "interactive"): which pool of Triton recognizes. */}}
{{- define "earshot.env.recognition" -}}
{{- $root := index . 0 -}}
- {name: EARSHOT_MODEL, value: {{ first $root.Values.triton.models }}}
- {name: EARSHOT_TRITON_HOST, value: {{ include "earshot.name" $root }}-triton-{{ index . 1 }}}
{{- end }}

{{/* Access to the bucket, in each cloud's own variables. */}}
{{- define "earshot.envFrom.blobs" -}}
{{- with .Values.backing.blobs }}
{{- if and (not .enabled) .external.secretName }}
- secretRef: {name: {{ .external.secretName }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "earshot.jobMounts" -}}
{{- if .Values.backing.blobs.enabled }}
- {name: blobs, mountPath: /var/lib/earshot/blobs}
{{- end }}
{{- if and (not .Values.backing.kafka.enabled) .Values.backing.kafka.external.caSecretName }}
- {name: kafka-ca, mountPath: /etc/earshot/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- define "earshot.jobVolumes" -}}
{{- if .Values.backing.blobs.enabled }}
- name: blobs
  persistentVolumeClaim: {claimName: {{ include "earshot.name" . }}-blobs}
{{- end }}
{{- if and (not .Values.backing.kafka.enabled) .Values.backing.kafka.external.caSecretName }}
- name: kafka-ca
  secret: {secretName: {{ .Values.backing.kafka.external.caSecretName }}}
{{- end }}
{{- end }}

{{/* A volume of one node is mounted by gateways and workers on that node alone, so they go where it is. */}}
{{- define "earshot.blobAffinity" -}}
{{- if and .Values.backing.blobs.enabled (eq .Values.backing.blobs.accessMode "ReadWriteOnce") -}}
podAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels:
          app.kubernetes.io/instance: {{ .Release.Name }}
          earshot/blobs: volume
{{- else -}}
{}
{{- end }}
{{- end }}
