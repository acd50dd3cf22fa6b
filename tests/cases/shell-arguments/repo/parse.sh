#!/bin/bash
ASKED="gpt-4.1-mini"
while [[ $# -gt 0 ]]; do
  case $1 in
    --model)
      ASKED="$2"
      shift 2
      ;;
  esac
done
python ask.py --model "$ASKED"
