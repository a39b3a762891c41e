{{/* Names, labels and images. */}}

{{- define "earshot.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{/* (list $ "gateway"): what selects the pods of a component. */}}
{{- define "earshot.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* (list $ "gateway"): the labels of a component's objects. */}}
{{- define "earshot.labels" -}}
{{- $root := index . 0 -}}
{{ include "earshot.selector" . }}
app.kubernetes.io/part-of: earshot
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* (list $ "gateway"): one of Earshot's own images. */}}
{{- define "earshot.image" -}}
{{- $root := index . 0 -}}
{{- $images := $root.Values.images -}}
{{ with $images.registry }}{{ . }}/{{ end }}earshot/{{ index . 1 }}:{{ $images.tag | default $root.Chart.AppVersion }}
{{- end }}

{{- define "earshot.generatedSecret" -}}
{{ include "earshot.name" . }}-generated
{{- end }}
