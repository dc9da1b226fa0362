#!/usr/bin/env bash
# The example's update command, with accidents on its way. An accident lies in wait as a file in
# $FLEET_DIR/accidents, named INSTANCE.ACCIDENT, or INSTANCE.ACCIDENT@VERSION when it belongs to one release; it happens
# once, and the file is called ….happened from then on.
set -euo pipefail

accidents=$FLEET_DIR/accidents
change=$(cd "$(dirname "$0")/../../examples/local-fleet" && pwd -P)/update.sh
worker=$PPID
tell() { echo "$worker $INSTANCE_ID $GENERATION $*" >>"$FLEET_DIR/runs"; }
trap 'tell exit $?' EXIT
tell begins
happens() {
  local file
  for file in "$accidents/$INSTANCE_ID.$1" "$accidents/$INSTANCE_ID.$1@$CODE_VERSION"; do
    if mv "$file" "$file.happened" 2>/dev/null; then return 0; fi
  done
  return 1
}

# Its worker dies while it runs: it goes on, and nobody hears of its end.
if happens worker-dies; then kill -KILL "$worker"; fi
# It dies with its worker, before it has changed anything.
if happens both-die; then kill -KILL "$worker" $$; fi
# Its worker is stopped for a while, and it waits for the same while: for the file INSTANCE.go.
if happens worker-stops; then
  kill -STOP "$worker"
  until [ -e "$accidents/$INSTANCE_ID.go" ]; do sleep 0.05; done
fi
# It waits for the file INSTANCE.go.
if happens waits; then until [ -e "$accidents/$INSTANCE_ID.go" ]; do sleep 0.05; done; fi

"$change"

# Its worker dies after the change, and before anybody has heard of it.
if happens worker-dies-after; then kill -KILL "$worker"; fi
# Every time: it fails after all, having changed the instance.
if [ -e "$accidents/$INSTANCE_ID.fails@$CODE_VERSION" ]; then
  echo "$INSTANCE_ID doesn't like $CODE_VERSION" >&2
  exit 1
fi
