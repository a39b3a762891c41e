#!/bin/sh
# Prints how sure the model is of each token, as JSON: `logprobs.sh talk.mp3`.
exec curl --silent --show-error --fail-with-body \
    "${OPENAI_BASE_URL:-http://127.0.0.1:8080/v1}/audio/transcriptions" \
    --header "Authorization: Bearer ${OPENAI_API_KEY:-none}" \
    --form model=gpt-4o-transcribe \
    --form 'include[]=logprobs' \
    --form file=@"$1"
