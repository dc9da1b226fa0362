import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { commandScript, quoted, stopScript, type RemoteCommand } from '../../../../src/drivers/target/ssh/script';
import { temporaryFolder } from '../../../support/files';

const folder = temporaryFolder();
const MARK = 'mark';
const NASTY = 'it\'s "x" $HOME `id` \\ \n €\t*';

const SHELLS: [program: string, args: string[]][] = [
  ['/bin/sh', []],
  ['/bin/bash', ['--posix']],
  ['/bin/busybox', ['sh']],
  ['/bin/ksh', []],
];

const found = SHELLS.filter(([program]) => existsSync(program));

const command = (over: Partial<RemoteCommand> = {}): RemoteCommand => ({
  argv: ['printf', '<%s>', NASTY],
  directory: folder.path,
  env: { VALUE: NASTY },
  fence: { directory: `${folder.path}/fence`, instance: 'web-01', generation: 7 },
  ...over,
});

/** Runs a script as a host does: in a session of its own, over standard input; `answer` as soon as it is ready, or `end`. */
async function played([program, args]: [string, string[]], script: string, answer?: string) {
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdin.on('error', () => {});
  if (answer === 'end') child.stdin.end(script);
  else child.stdin.write(script);
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
    if (stdout.includes(`${MARK} ready`) && answer !== undefined) child.stdin.write(answer);
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { told: stdout.replace(/pid \d+/, 'pid'), stderr, end: signal ?? status };
}

describe.each(found)('in %s', (...shell) => {
  it('runs a command, told to go', async () => {
    expect(await played(shell, commandScript(command(), MARK), 'go\n')).toEqual({
      told: `mark pid\nmark ready\n<${NASTY}>mark ends 0\n`,
      stderr: 'mark ends 0\n',
      end: 0,
    });
  });

  it('passes on how it ends, and nothing of its own', async () => {
    const killed = command({ argv: ['sh', '-c', 'printf "$VALUE"; kill -KILL $$'], env: { VALUE: 'x' } });
    expect(await played(shell, commandScript(killed, MARK), 'go\n')).toMatchObject({
      told: 'mark pid\nmark ready\nxmark ends 137\n',
      stderr: 'mark ends 137\n',
    });
  });

  it('runs nothing that it has only a part of', async () => {
    const script = commandScript(command({ argv: ['touch', 'started'] }), MARK);
    const part = script.slice(0, script.indexOf(') </dev/null\n'));
    expect(await played(shell, part, 'end')).toMatchObject({ told: '' });
    expect(existsSync(`${folder.path}/started`)).toBe(false);
  });

  it.each(['stop\n', undefined])('runs nothing when it is told %j instead of go', async (answer) => {
    const script = commandScript(command({ argv: ['touch', 'started'] }), MARK, 1);
    const { told } = await played(shell, script, answer);
    expect(told).toBe('mark pid\nmark ready\n');
    expect(existsSync(`${folder.path}/started`)).toBe(false);
  });

  it('says that a group is gone that never was', async () => {
    expect(await played(shell, stopScript(2 ** 22 + 1, 1, MARK))).toMatchObject({ told: 'mark ends 0\n', stderr: '' });
  });
});

it('quotes a word for any shell', () => {
  expect(quoted("it's")).toBe(`'it'\\''s'`);
});
