#!/bin/sh
set -eu
until wget -q "$OLLAMA_URL"; do sleep 1; done
exec "$@"
