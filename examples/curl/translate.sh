#!/bin/sh
# Prints in English what is said in another language: `translate.sh rede.mp3`.
exec curl --silent --show-error --fail-with-body \
    "${OPENAI_BASE_URL:-http://127.0.0.1:8080/v1}/audio/translations" \
    --header "Authorization: Bearer ${OPENAI_API_KEY:-none}" \
    --form model=whisper-1 \
    --form response_format=text \
    --form file=@"$1"
