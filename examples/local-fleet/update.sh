#!/usr/bin/env bash
# Brings one instance of the example fleet to CODE_VERSION and CONFIGURATION_VERSION.
# Belay runs it; docs/update-command.md explains it line by line.
#
#   update.sh           the change itself
#   update.sh --stop    only stops the instance's server (fleet.mjs down)
#   update.sh --start   only starts what is effective again (fleet.mjs up)
#   update.sh --restart only restarts from `current`: for an agent, which has unpacked the release and switched to it
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
fleet=${FLEET_DIR:-$here/.belay-fleet}
home=$fleet/${INSTANCE_ID:?is not set: Belay sets it}
mkdir -p "$home/releases"

say() { echo "$INSTANCE_ID: $*"; }
refuse() { say "$@" >&2; exit 1; }

# Writes a file so that nobody ever reads half of it.
put() { printf '%s\n' "$2" >"$1.new" && mv -f "$1.new" "$1"; }

# --- The lock: one update at a time. It belongs to file descriptor 9, so it ends with this process, however that ends.
exec 9>>"$home/lock"
if command -v flock >/dev/null; then
  flock 9
else # macOS has no flock, but a Perl that locks the same way
  perl -e 'use Fcntl ":flock"; open(LOCK, ">&=9") and flock(LOCK, LOCK_EX) or die "$!\n"'
fi

# --- The server: its process id is trusted only if it is our service, from one of our releases.
command_of() {
  if [ -d /proc/self ]; then
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
  else
    ps -ww -o args= -p "$1" || true
  fi
}

# Whether the server runs, from the given release folder.
serving() {
  local pid
  pid=$(cat "$home/pid" 2>/dev/null) || return 1
  [[ "$(command_of "$pid")" == *"service.mjs $1"* ]]
}

stop_server() {
  local tries
  serving "$home/releases/" || return 0
  sleep "${DRAIN_SECONDS:-0.3}" # those who were sent here a moment ago get their answer
  for ((tries = 0; ; tries++)); do
    serving "$home/releases/" || return 0
    if ((tries == 0)); then kill -TERM "$(cat "$home/pid")" 2>/dev/null || true; fi
    if ((tries == 100)); then kill -KILL "$(cat "$home/pid")" 2>/dev/null || true; fi
    sleep 0.02
  done
}

# In a process group of its own (set -m), so that it outlives this script, without the script's output. It keeps the
# lock until its process id is written, so that nobody who takes the lock after us misses it.
start_server() {
  set -m
  # shellcheck disable=SC2016
  nohup sh -c 'echo $$ >"$1/pid.new" && mv -f "$1/pid.new" "$1/pid" && shift && exec 9>&- && exec "$@"' \
    - "$home" node "$here/service.mjs" "$1" "$INSTANCE_ID" "${INSTANCE_ADDRESS#http://}" >>"$home/log" 2>&1 </dev/null &
  set +m
}

if [ "${1:-}" = --stop ]; then
  DRAIN_SECONDS=0 stop_server
  exit 0
fi
if [ "${1:-}" = --start ]; then
  serving "$home/releases/" || start_server "$(readlink "$home/current")"
  exit 0
fi
[ ! -e "$fleet/down" ] || refuse "the fleet is down; start it with: node $here/fleet.mjs up"

: "${GENERATION:?is not set: Belay sets it}" "${CODE_VERSION:?}" "${CONFIGURATION_VERSION:?}" "${INSTANCE_ADDRESS:?}"

if [ "${1:-}" = --restart ]; then
  stop_server
  start_server "$(cd "$home/current" && pwd -P)"
  say "$CODE_VERSION / $CONFIGURATION_VERSION serves from $(readlink "$home/current")"
  exit 0
fi

# --- The fence: from now on nobody with a lower generation changes anything here.
highest=$(cat "$home/generation" 2>/dev/null || echo 0)
if ((GENERATION < highest)); then
  refuse "generation $GENERATION is stale: this instance has seen generation $highest"
fi
put "$home/generation" "$GENERATION"

# --- What is effective is what `current` points to, and nothing else. The ledger follows it.
wanted="$GENERATION $CODE_VERSION $CONFIGURATION_VERSION"
effective() { cat "$home/current/effective" 2>/dev/null || true; }
settle_ledger() { # one line per effective change, also for one whose script was killed before it could write it
  local line
  line=$(effective)
  if [ -n "$line" ] && [ "$(tail -n 1 "$home/ledger" 2>/dev/null)" != "$line" ]; then echo "$line" >>"$home/ledger"; fi
}
settle_ledger

before=$(effective)
if [ "${before%% *}" = "$GENERATION" ] && [ "$before" != "$wanted" ]; then
  refuse "generation $GENERATION already brought ${before#* }; it can't bring ${wanted#* } as well"
fi

release=$home/releases/$GENERATION-$CODE_VERSION-$CONFIGURATION_VERSION
if [ "$before" = "$wanted" ] && serving "$release "; then
  say "already at $CODE_VERSION / $CONFIGURATION_VERSION by generation $GENERATION"
  exit 0
fi

# --- The change. Everything before the switch can be done again; the switch is one rename.
if [ "$before" != "$wanted" ]; then
  source=$here/releases/$CODE_VERSION
  configuration=$here/configurations/$CONFIGURATION_VERSION.json
  [ -d "$source" ] || refuse "there is no release $CODE_VERSION in $here/releases"
  [ -f "$configuration" ] || refuse "there is no configuration $CONFIGURATION_VERSION in $here/configurations"
  rm -rf "$release"
  cp -R "$source" "$release"
  cp "$configuration" "$release/configuration.json"
  echo "$wanted" >"$release/effective"

  ln -sfn "$release" "$home/current.new"
  mv -fT "$home/current.new" "$home/current" 2>/dev/null || mv -fh "$home/current.new" "$home/current" # GNU, else BSD
  settle_ledger
fi

stop_server
start_server "$release"
say "$CODE_VERSION / $CONFIGURATION_VERSION by generation $GENERATION"
