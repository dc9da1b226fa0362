/**
 * The wrappers that run on a host. They are sent over standard input of a plain `sh`, so that nothing of them is in
 * anybody's list of processes. Each is one compound command: a part of it, sent before a connection broke, runs nothing.
 */

/** A worker that says nothing for so long won't: its machine may be gone, which a host notices only after hours. */
const ANSWER_SECONDS = 60;

/** A command to run on a host. */
export interface RemoteCommand {
  argv: readonly string[];
  /** Absolute, or below `~`. */
  directory: string;
  env: Readonly<Record<string, string>>;
  fence?: Fence;
  artifact?: Upload;
}

/** A file that must be on the host before the command runs; the command is told its path as BELAY_ARTIFACT_FILE. */
export interface Upload {
  digest: string;
  /** In bytes. */
  size: number;
  /** Absolute, or below `~`. */
  directory: string;
}

/** The command runs only with a generation that is as high as the highest seen there, and never beside another one. */
export interface Fence {
  /** Absolute, or below `~`. */
  directory: string;
  /** Whose it is: names of files in it. */
  instance: string;
  generation: number;
}

/** What a wrapper tells with a mark at the start of a line: see `Marked`. */
export type MarkWord = 'pid' | 'refused' | 'ready' | 'send' | 'ends';

/**
 * Tells its process group (`pid`), takes the lock, tells `ready`, waits for a line that says go, and runs the command;
 * before that, it tells `send` when it lacks the artifact, whose bytes must follow then. Whoever lost the connection meanwhile never says go, so that nothing runs late. A shell prints what killed its
 * command: standard error (descriptor 8) is the command's alone.
 */
export function commandScript(
  { argv, directory, env, fence, artifact }: RemoteCommand,
  mark: string,
  answerSeconds = ANSWER_SECONDS,
): string {
  const where = `the folder ${directory}, where it is to run,`;
  return `{
belay_tell() { printf '%s %s\\n' ${quoted(mark)} "$*"; }
belay_refuse() { belay_tell refused "$*"; exit 1; }
belay_tell pid "$$"
trap : TERM INT HUP
kill -0 -"$$" 2>/dev/null || belay_refuse ${quoted("the host's ssh server gives a command no process group of its own, so that it could not be stopped")}
cd -- ${folder(directory)} 2>/dev/null || belay_refuse ${quoted(`${where} is not there on the host, or may not be entered`)}
${fence === undefined ? '' : takeLock(fence)}belay_tell ready
exec 8>&2 2>/dev/null
if timeout 1 true; then
belay_answer=$(timeout ${answerSeconds} head -n 1 9>&-)
else
read -r belay_answer
fi
[ "$belay_answer" = go ] || exit 1
${fence === undefined ? '' : raiseFence(fence)}${artifact === undefined ? '' : receive(artifact, mark)}(
exec 2>&8 8>&- 9>&-
set -- ${argv.map(quoted).join(' ')}
${exported(env)}${artifact === undefined ? '' : 'export BELAY_ARTIFACT_FILE="$belay_file"\n'}case $1 in
*/*) [ -f "$1" ] && [ -x "$1" ] || belay_refuse "$1 is not there on the host, or is not executable" ;;
*) command -v "$1" >/dev/null 2>&1 || belay_refuse "no folder of the host's PATH ($PATH) has $1" ;;
esac
exec "$@"
) </dev/null
belay_status=$?
belay_tell ends "$belay_status" >&8
belay_tell ends "$belay_status"
exit
}
`;
}

/**
 * The lock is the wrapper's alone (descriptor 9, which some shells pass on only when told to): a service that the command
 * leaves behind doesn't keep it.
 */
function takeLock({ directory, instance, generation }: Fence): string {
  const [file, lock] = [quoted(instance), quoted(`${instance}.lock`)];
  return `command -v flock >/dev/null 2>&1 || belay_refuse ${quoted('flock(1) is not on the host, and without it the host can not be fenced; install util-linux there')}
belay_fence=${folder(directory)}
(umask 077 && mkdir -p -- "$belay_fence" && : >>"$belay_fence"/${lock}) 2>/dev/null || belay_refuse "the fence can't be kept in $belay_fence on the host: it can't be made or written to"
exec 9>>"$belay_fence"/${lock}
if ! flock -n 9 9>&9; then
printf '%s\\n' ${quoted(`belay: another command for ${instance} is under way on the host; waiting for its end`)} >&2
flock 9 9>&9 || exit 1
fi
belay_seen=0
[ ! -e "$belay_fence"/${file} ] || belay_seen=$(cat -- "$belay_fence"/${file}) || belay_refuse "the fence $belay_fence/"${file}" can't be read on the host"
case $belay_seen in
'' | *[!0-9]*) belay_refuse "the fence $belay_fence/"${file}" on the host holds no number; look at what is wrong there, then write the highest generation into it, or remove it" ;;
esac
[ "$belay_seen" -le ${generation} ] || belay_refuse ${quoted(`generation ${generation} is stale: the host obeys generation`)} "$belay_seen ($belay_fence/"${file}")"
`;
}

/** Durable before the command starts: whatever happens then, an older one is refused. */
function raiseFence({ instance, generation }: Fence): string {
  const [file, next] = [quoted(instance), quoted(`${instance}.new`)];
  return `if [ "$belay_seen" -lt ${generation} ]; then
(umask 077 && echo ${generation} >"$belay_fence"/${next} && { sync "$belay_fence"/${next} 2>/dev/null || sync; } &&
mv -f -- "$belay_fence"/${next} "$belay_fence"/${file} && { sync "$belay_fence" 2>/dev/null || sync; }) || belay_refuse "the fence $belay_fence/"${file}" can't be written on the host"
fi
`;
}

/**
 * Takes the file from standard input, under a name of its own until its digest is known to be right. What breaks off
 * leaves nothing.
 */
function receive({ digest, size, directory }: Upload, mark: string): string {
  const hex = digest.slice('sha256:'.length);
  return `command -v sha256sum >/dev/null 2>&1 || belay_refuse ${quoted('sha256sum(1) is not on the host, and without it an artifact can not be checked there; install coreutils')}
belay_artifacts=${folder(directory)}
belay_file=$belay_artifacts/${hex}
belay_part=$belay_artifacts/.${mark}
belay_is_right() { [ "$(sha256sum <"$1" 9>&-)" = ${quoted(`${hex}  -`)} ]; }
(umask 077 && mkdir -p -- "$belay_artifacts") 2>/dev/null && [ -w "$belay_artifacts" ] || belay_refuse "artifacts can't be kept in $belay_artifacts on the host: it can't be made or written to"
if ! { [ -f "$belay_file" ] && belay_is_right "$belay_file"; }; then
belay_tell send
(umask 077 && head -c ${size} >"$belay_part") 9>&-
if belay_is_right "$belay_part"; then
{ sync "$belay_part" 2>/dev/null || sync; } && mv -f -- "$belay_part" "$belay_file" || { rm -f -- "$belay_part"; belay_refuse "the artifact can't be kept as $belay_file on the host"; }
else
belay_got=$(wc -c <"$belay_part")
rm -f -- "$belay_part"
[ "$belay_got" -eq ${size} ] || belay_refuse "of the ${size} bytes of the artifact only $belay_got are on the host: the upload broke off, or the disk is full"
belay_refuse ${quoted(`the artifact is not ${digest} as it arrived on the host`)}
fi
fi
`;
}

/** Ends a process group and tells \`ends 0\` when nobody of it is left, \`ends 1\` when somebody couldn't be ended. */
export function stopScript(group: number, graceSeconds: number, mark: string): string {
  return `{
belay_left() { kill -0 -${group} 2>/dev/null; }
belay_gone() {
belay_turn=0
while belay_left; do
[ "$belay_turn" -lt "$1" ] || return 1
belay_turn=$((belay_turn + 1))
sleep 0.1 2>/dev/null || { sleep 1; belay_turn=$((belay_turn + 9)); }
done
}
kill -TERM -${group} 2>/dev/null
belay_gone ${graceSeconds * 10} || { kill -KILL -${group} 2>/dev/null; belay_gone 20; }
printf '%s %s %s\\n' ${quoted(mark)} ends "$?"
exit
}
`;
}

/** One word to a POSIX shell, whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A path to a POSIX shell; the home of the host's user is the host's to say. */
function folder(path: string): string {
  if (path === '~') return '"$HOME"';
  return path.startsWith('~/') ? `"$HOME"/${quoted(path.slice(2))}` : quoted(path);
}

function exported(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
}
