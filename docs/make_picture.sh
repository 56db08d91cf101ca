#!/usr/bin/env bash
# Draws docs/report.png from out/demo/report.html, the result of `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null || ! fc-list | grep -qiE 'cjk|wqy'; then
  apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
fi
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$profile" \
  --virtual-time-budget=10000 --window-size=1280,2300 --screenshot="$PWD/docs/report.png" \
  "file://$PWD/out/demo/report.html#zh" 2>/dev/null
