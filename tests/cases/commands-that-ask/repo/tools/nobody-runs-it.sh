#!/bin/sh
export LLM_MODEL=gpt-4.1-mini
git log -1 | llm -s "Sum it up"
aider --model gpt-4.1 --weak-model=gpt-4.1-nano --message "fix" app.py
