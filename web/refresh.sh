#!/usr/bin/env bash
# Bundles the page's libraries anew from the versions in package.json: change those, run this, look at the page, commit.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund || npm install --ignore-scripts --no-audit --no-fund
npm rebuild esbuild >/dev/null
npm run build
