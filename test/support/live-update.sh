#!/usr/bin/env bash
# The update command of a fleet that lives in a test: it asks the fleet to restart the instance on the release.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$FLEET_PORT"
printf 'POST /%s/%s/%s/%s HTTP/1.0\r\n\r\n' "$INSTANCE_ID" "$GENERATION" "$CODE_VERSION" "$CONFIGURATION_VERSION" >&3
IFS= read -r status <&3
if [[ "$status" != *' 200 '* ]]; then
  tail -n 1 <&3 >&2
  exit 1
fi
