#!/bin/sh
# Prints the text of an audio file as events while it is still being heard: `stream.sh talk.mp3`.
exec curl --silent --show-error --fail-with-body --no-buffer \
    "${OPENAI_BASE_URL:-http://127.0.0.1:8080/v1}/audio/transcriptions" \
    --header "Authorization: Bearer ${OPENAI_API_KEY:-none}" \
    --form model=whisper-1 \
    --form stream=true \
    --form file=@"$1"
