#!/bin/sh
# Prints what is said in an audio file: `transcribe.sh talk.mp3`.
exec curl --silent --show-error --fail-with-body \
    "${OPENAI_BASE_URL:-http://127.0.0.1:8080/v1}/audio/transcriptions" \
    --header "Authorization: Bearer ${OPENAI_API_KEY:-none}" \
    --form model=whisper-1 \
    --form response_format=text \
    --form file=@"$1"
