#!/bin/sh
set -e
export EMBED_MODEL="${EMBED_MODEL:-text-embedding-3-large}"
MODEL=gpt-4.1
if [ -n "$X" ]; then
  exec python app/main.py \
    --model "$MODEL"
fi
