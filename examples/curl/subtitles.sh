#!/bin/sh
# Prints subtitles of an audio file: `subtitles.sh talk.mp3 > talk.srt`.
exec curl --silent --show-error --fail-with-body \
    "${OPENAI_BASE_URL:-http://127.0.0.1:8080/v1}/audio/transcriptions" \
    --header "Authorization: Bearer ${OPENAI_API_KEY:-none}" \
    --form model=whisper-1 \
    --form response_format=srt \
    --form file=@"$1"
