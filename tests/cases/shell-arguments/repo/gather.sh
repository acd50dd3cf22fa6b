#!/bin/sh
ARGS="--verbose"
if [ -n "$ASK_MODEL" ]; then
  ARGS="$ARGS --model '$ASK_MODEL'"
fi
EXTRA=()
EXTRA+=(--embed-model "mistral-embed")
eval "/usr/local/bin/python ask.py $ARGS ${EXTRA[@]}"
