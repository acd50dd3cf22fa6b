#!/bin/bash
WHO=gpt-5-codex
cat > prompt.md <<EOF
codex exec --model nobody
EOF
if [ -s prompt.md ]; then
  timeout 600 codex exec --sandbox read-only -m "$WHO" - < prompt.md
fi
