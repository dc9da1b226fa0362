#!/usr/bin/env bash
# Writes down which run of which hook it is. Where there is a file NAME.worker-dies in its folder, its worker dies while
# it runs; where there is NAME.waits, it waits for the file NAME.go. Either happens once.
set -euo pipefail

echo "$BELAY_RUN $BELAY_HOOK" >>hooks
if mv "$BELAY_HOOK.worker-dies" "$BELAY_HOOK.happened" 2>/dev/null; then kill -KILL "$PPID"; fi
if mv "$BELAY_HOOK.waits" "$BELAY_HOOK.happened" 2>/dev/null; then
  until [ -e "$BELAY_HOOK.go" ]; do sleep 0.05; done
fi
