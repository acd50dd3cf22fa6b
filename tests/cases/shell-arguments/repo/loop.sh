#!/bin/bash
SIZES=(
  "gpt-4.1-nano"
  "gpt-5-nano"
)
for SIZE in "${SIZES[@]}"; do
  python ask.py --model "$SIZE"
done
