import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Line } from '../../../kill/line';
import { Sshd } from '../../../support/sshd';
import { alive, calm, change, eventually, instance } from '../fixtures';
import { Reach } from './fixtures';

let sshd: Sshd;
let reach: Reach;

beforeAll(async () => {
  sshd = await Sshd.start();
});
beforeEach(() => {
  reach = new Reach(sshd);
  for (const name of readdirSync(sshd.home)) rmSync(`${sshd.home}/${name}`, { recursive: true });
});
afterEach(() => reach.close());
afterAll(() => sshd.stop());

/** What a script wrote to a file on the host, as soon as it has. */
const written = (name: string) =>
  eventually(async () => {
    const text = readFileSync(`${sshd.home}/${name}`, 'utf8');
    return text.endsWith('\n') ? text.trim() : undefined;
  });

describe('an abort', () => {
  it('ends the whole tree first, tells what it printed, and keeps the connection', async () => {
    sshd.script('update.sh', 'echo copying; sleep 600 & echo $! >child; echo $$ >leader; wait');
    const abort = new AbortController();
    const printed: string[] = [];
    const before = sshd.logins();
    const answer = reach.driver().change(change(), abort.signal, (output) => void printed.push(output));
    const pids = [Number(await written('child')), Number(await written('leader'))];
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(await Promise.all(pids.map(alive))).toEqual([false, false]);
    expect(printed).toEqual(['copying\n']);
    sshd.script('update.sh', 'echo next');
    expect(await reach.driver().change(change(), calm())).toEqual({ kind: 'done', output: 'next\n' });
    expect(sshd.logins() - before).toBe(1);
  });

  it('ends what ignores SIGTERM, too', async () => {
    sshd.script(
      'update.sh',
      "trap '' TERM; (trap '' TERM; echo $BASHPID >child; exec sleep 600) & while :; do wait; done",
    );
    const abort = new AbortController();
    const answer = reach.driver().change(change(), abort.signal);
    const pid = Number(await written('child'));
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(await alive(pid)).toBe(false);
  });

  it('lets it tidy up', async () => {
    sshd.script(
      'update.sh',
      "trap 'sleep 0.2; echo tidy >tidied; exit 0' TERM; echo up >up; while :; do sleep 0.05; done",
    );
    const abort = new AbortController();
    const answer = reach.driver().change(change(), abort.signal);
    await written('up');
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(readFileSync(`${sshd.home}/tidied`, 'utf8')).toBe('tidy\n');
  });

  it('spares a service in a session of its own', async () => {
    sshd.script('update.sh', 'setsid bash -c "echo \\$\\$ >service; exec sleep 600" >/dev/null 2>&1 </dev/null & wait');
    const abort = new AbortController();
    const answer = reach.driver().change(change(), abort.signal);
    const pid = Number(await written('service'));
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(await alive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('before the start starts nothing', async () => {
    sshd.script('update.sh', 'touch started');
    await expect(reach.driver().change(change(), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    for (const turns of [1, 3, 10, 30, 100]) {
      const abort = new AbortController();
      const answer = reach.driver().change(change(), abort.signal);
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      abort.abort(new Error('soon'));
      await expect(answer).rejects.toThrow('soon');
    }
  });

  it('of a look ends its command, as running out of time does', async () => {
    sshd.script('health.sh', 'sleep 600 & echo $! >child; wait');
    const health = { kind: 'command' as const, run: ['./health.sh'], timeoutMs: 60_000 };
    const abort = new AbortController();
    const probe = reach.driver({ health }).probe(instance(), abort.signal);
    const pid = Number(await written('child'));
    abort.abort(new Error('enough'));
    await expect(probe).rejects.toThrow('enough');
    expect(await alive(pid)).toBe(false);
    rmSync(`${sshd.home}/child`);
    expect(await reach.driver({ health: { ...health, timeoutMs: 500 } }).probe(instance(), calm())).toEqual({
      kind: 'unreachable',
      reason: 'the health check gave no answer within 500ms',
    });
    expect(sshd.running('sleep 600')).toEqual([]);
  });
});

describe('a connection that is lost', () => {
  let line: Line;
  beforeEach(async () => {
    line = await Line.to(`127.0.0.1:${sshd.port}`);
    const port = Number(line.address.split(':')[1]);
    writeFileSync(sshd.file('known_by_line'), `[127.0.0.1]:${port} ${sshd.hostKey.public}\n`);
  });
  afterEach(() => line.close());

  const throughLine = (environment: NodeJS.ProcessEnv = {}) =>
    reach.driver({ port: Number(line.address.split(':')[1]), knownHostsFile: sshd.file('known_by_line') }, environment);

  it('is a failure that says what may be, and the next attempt waits for the end of what runs', async () => {
    sshd.script('update.sh', 'echo $$ >leader; until [ -e go ]; do sleep 0.02; done; echo over >over');
    const answer = throughLine().change(change(), calm());
    const leader = Number(await written('leader'));
    line.cut();
    expect(await answer).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(
        /^update was cut off: the connection to \[127\.0\.0\.1\]:\d+ was lost: .+; it may still be running there$/,
      ),
    });
    expect(await alive(leader)).toBe(true);
    sshd.script('second.sh', 'cat over');
    const second = reach.driver({ update: ['./second.sh'] }).change(change({ attempt: 2 }), calm());
    await eventually(async () => (sshd.running('flock 9').length > 0 ? true : undefined));
    writeFileSync(`${sshd.home}/go`, '');
    expect(await second).toMatchObject({ kind: 'done', output: expect.stringMatching(/over\n$/) });
  });

  it('ends an abort that can not reach it, and tells so', async () => {
    sshd.script('update.sh', "trap '' TERM; echo $$ >leader; while :; do sleep 0.1; done");
    const abort = new AbortController();
    const printed: string[] = [];
    const answer = throughLine().change(change(), abort.signal, (output) => void printed.push(output));
    const leader = Number(await written('leader'));
    abort.abort(new Error('enough'));
    line.cut();
    await expect(answer).rejects.toThrow('enough');
    expect(printed.join()).toContain('belay: not all of it could be ended on the host; it may still be running there');
    process.kill(-Number(readFileSync(`/proc/${leader}/stat`, 'utf8').split(' ')[4]), 'SIGKILL');
  });

  it('is opened anew for the next attempt', async () => {
    sshd.script('update.sh', 'echo fine');
    expect((await throughLine().change(change(), calm())).kind).toBe('done');
    line.cut();
    const answers = [];
    // The loss may be noticed by the attempt that comes next.
    for (let attempt = 2; attempt < 4; attempt++) answers.push(await throughLine().change(change({ attempt }), calm()));
    expect(answers.at(-1)).toEqual({ kind: 'done', output: 'fine\n' });
  });
});
