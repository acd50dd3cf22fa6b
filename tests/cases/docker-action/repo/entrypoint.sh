#!/bin/sh -l
export PYTHONPATH="/app:$PYTHONPATH"
ARGS=""
if [ -n "$INPUT_CHAT_MODEL" ]; then
  ARGS="$ARGS --chat-model '$INPUT_CHAT_MODEL'"
fi
if [ -n "$INPUT_CHECK_MODEL" ]; then
  ARGS="$ARGS --check-model '$INPUT_CHECK_MODEL'"
fi
eval "/usr/local/bin/python /app/src/run.py $ARGS"
