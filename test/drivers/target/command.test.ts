import { writeFile } from 'node:fs/promises';
import { CommandDriver } from '../../../src/drivers/target/command';
import { DriverRefusal } from '../../../src/drivers/target/driver';
import { Workshop, alive, calm, change, eventually, instance } from './fixtures';

let workshop: Workshop;
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const ARTIFACT = `sha256:${'a'.repeat(64)}`;
const WORKER = { PATH: process.env['PATH'], HOME: '/home/worker', DATABASE_URL: 'postgres://secret' };

beforeEach(async () => {
  workshop = await Workshop.open();
});
afterEach(() => workshop.close());

function driver(over: Parameters<Workshop['spec']>[0] = {}, environment: NodeJS.ProcessEnv = WORKER): CommandDriver {
  return new CommandDriver(workshop.spec(over), environment);
}

describe('what a command is told', () => {
  it('is the instance, the versions and the fence; of the worker only a minimum', async () => {
    await workshop.script('update.sh', 'env');
    const it = driver(
      { env: { TOKEN: 'a-${env:WHO}', PATH: '${env:PATH}', GENERATION: '999' } },
      { ...WORKER, WHO: 'b' },
    );
    const labelled = instance({ labels: { zone: 'eu-1', 'app.io/slot-name': 'blue' } });
    const answer = await it.change(
      change({ instance: labelled, attempt: 3, target: { ...NEW, artifact: ARTIFACT } }),
      calm(),
    );
    const seen = Object.fromEntries(
      answer.output
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s)),
    );
    for (const own of ['_', 'SHLVL', 'PWD', 'OLDPWD']) delete seen[own];
    expect(answer.kind).toBe('done');
    expect(seen).toEqual({
      PATH: process.env['PATH']?.length ? '[redacted]' : '',
      HOME: '/home/worker',
      TOKEN: 'a-b',
      INSTANCE_ID: 'web-01',
      INSTANCE_ADDRESS: '127.0.0.1:8080',
      INSTANCE_LABEL_ZONE: 'eu-1',
      INSTANCE_LABEL_APP_IO_SLOT_NAME: 'blue',
      CODE_VERSION: '1.1.0',
      CONFIGURATION_VERSION: '2',
      PREVIOUS_CODE_VERSION: '1.0.0',
      PREVIOUS_CONFIGURATION_VERSION: '1',
      GENERATION: '7',
      ATTEMPT: '3',
      BELAY_ARTIFACT: ARTIFACT,
    });
  });

  it('is empty, not absent, where nothing is known', async () => {
    await workshop.script('update.sh', 'set -u; echo "[$INSTANCE_ADDRESS][$PREVIOUS_CODE_VERSION]"');
    const { address: _, ...bare } = instance({ before: { health: 0 } });
    expect(await driver().change(change({ instance: bare }), calm())).toEqual({ kind: 'done', output: '[][]\n' });
  });

  it('passes arguments as they are, without a shell, in the folder of the spec', async () => {
    await workshop.script('update.sh', 'pwd; printf "<%s>" "$@"');
    const answer = await driver({ update: ['./update.sh', '$HOME; `id`', '*', ''] }).change(change(), calm());
    expect(answer.output).toBe(`${workshop.directory}\n<$HOME; \`id\`><*><>`);
  });

  it('finds a word without a slash on PATH, not in the folder', async () => {
    await workshop.script('true', 'exit 9');
    expect((await driver({ update: ['true'] }).change(change(), calm())).kind).toBe('done');
  });
});

describe('how a command ends', () => {
  it.each([
    ['exit 3', 'update exited with status 3 and printed nothing'],
    ['echo one; echo >&2 two; echo; exit 3', 'update exited with status 3: two'],
    ['echo bye; kill -KILL $$', 'update was killed by SIGKILL: bye'],
    ["printf '\\033[31mred\\033[0m\\r\\n'; exit 1", 'update exited with status 1: red'],
  ])('%s', async (body, reason) => {
    await workshop.script('update.sh', body);
    expect(await driver().change(change(), calm())).toMatchObject({ kind: 'failed', reason });
  });

  it('failed, when it can not be started', async () => {
    expect(await driver().change(change(), calm())).toMatchObject({
      reason: expect.stringContaining('update could not be started') && expect.stringContaining('does not exist'),
    });
    await writeFile(workshop.file('update.sh'), '#!/nowhere/interpreter\n', { mode: 0o755 });
    expect(await driver().change(change(), calm())).toMatchObject({ reason: expect.stringContaining('interpreter') });
  });

  it('keeps the last 8 KiB of both streams, as they came', async () => {
    await workshop.script('update.sh', 'for i in {1..20000}; do echo "line €$i"; done; echo >&2 end');
    const { output } = await driver().change(change(), calm());
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(8192);
    expect(Buffer.byteLength(output)).toBeGreaterThan(8180);
    expect(output).not.toContain('\uFFFD');
    expect(output.endsWith('line €20000\nend\n')).toBe(true);
  });

  it('keeps secrets out of output and reason, also in pieces', async () => {
    await workshop.script(
      'update.sh',
      'printf "%s" "${TOKEN:0:7}"; sleep 0.1; echo "${TOKEN:7}|$TOKEN"; echo "no $TOKEN" >&2; exit 1',
    );
    const answer = await driver({ env: { TOKEN: 'x ${env:T}' } }, { ...WORKER, T: 'hunter2-hunter2\n' }).change(
      change(),
      calm(),
    );
    expect(answer).toEqual({
      kind: 'failed',
      reason: 'update exited with status 1: no x [redacted]',
      output: expect.not.stringContaining('hunter2') && expect.stringContaining('x [redacted]'),
    });
    expect(JSON.stringify(answer)).not.toContain('hunter');
  });
});

describe('what a command leaves behind', () => {
  it('does not hang on a grandchild that keeps the pipes open, and lets a service live', async () => {
    await workshop.script('update.sh', 'sleep 60 & echo $! >pid; echo started');
    const answer = await driver().change(change(), calm());
    const pid = Number(await workshop.written('pid'));
    expect(answer).toEqual({ kind: 'done', output: 'started\n' });
    expect(await alive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('is nothing when it is aborted: the whole group ends first, and what it printed is told', async () => {
    await workshop.script('update.sh', 'echo copying; sleep 60 & echo $! >child; echo $$ >leader; wait');
    const abort = new AbortController();
    const printed: string[] = [];
    const answer = driver().change(change(), abort.signal, (output) => void printed.push(output));
    const pids = [Number(await workshop.written('child')), Number(await workshop.written('leader'))];
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(await Promise.all(pids.map(alive))).toEqual([false, false]);
    expect(printed).toEqual(['copying\n']);
  });

  it('is nothing when it ignores SIGTERM either', async () => {
    await workshop.script(
      'update.sh',
      "trap '' TERM; (trap '' TERM; echo $BASHPID >child; exec sleep 60) & while :; do wait; done",
    );
    const abort = new AbortController();
    const answer = driver().change(change(), abort.signal);
    const pid = Number(await workshop.written('child'));
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(await alive(pid)).toBe(false);
  });

  it('may tidy up on SIGTERM', async () => {
    await workshop.script(
      'update.sh',
      "trap 'sleep 0.2; echo tidy >tidied; exit 0' TERM; echo up >up; while :; do sleep 0.05; done",
    );
    const abort = new AbortController();
    const answer = driver().change(change(), abort.signal);
    await workshop.written('up');
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(await workshop.written('tidied')).toBe('tidy');
  });

  it('starts nothing once it was aborted', async () => {
    await workshop.script('update.sh', 'touch started');
    await expect(driver().change(change(), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('spares a service in a session of its own, even when aborted', async () => {
    await workshop.script(
      'update.sh',
      'setsid bash -c "echo \\$\\$ >service; exec sleep 60" >/dev/null 2>&1 </dev/null & wait',
    );
    const abort = new AbortController();
    const answer = driver().change(change(), abort.signal);
    const pid = Number(await workshop.written('service'));
    abort.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(await alive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await eventually(async () => ((await alive(pid)) ? undefined : true));
  });
});

describe('check', () => {
  async function refusal(it: CommandDriver): Promise<string> {
    const error: unknown = await it.check().then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(DriverRefusal);
    return (error as DriverRefusal).message;
  }

  it('is content with what is there', async () => {
    await workshop.script('update.sh', '');
    const health = { kind: 'command' as const, run: ['true'], timeoutMs: 1_000 };
    await expect(driver({ health, env: { A: '${env:HOME}' } }).check()).resolves.toBeUndefined();
  });

  it('names every file and variable that lacks, and what to do', async () => {
    await writeFile(workshop.file('plain'), '');
    const health = { kind: 'command' as const, run: ['no-such-program-here'], timeoutMs: 1_000 };
    const text = await refusal(
      driver({ update: ['./plain'], health, env: { A: '${env:ONE}${env:TWO}', B: '${env:ONE}' } }),
    );
    expect(text).toContain(`driver.update: ./plain: ${workshop.file('plain')} is not executable (chmod +x`);
    expect(text).toMatch(
      /driver\.health\.run: no-such-program-here: no folder of PATH \(.*\) has no-such-program-here/,
    );
    expect(text).toContain("driver.env: ONE and TWO are not set in the worker's environment");
    expect(text).toContain('Nothing was touched');
  });

  it.each([
    [['./gone.sh'], 'gone.sh does not exist'],
    [['../'], 'is a folder'],
    [['/nowhere/at/all'], '/nowhere/at/all does not exist'],
  ])('refuses %j', async (update, words) => {
    expect(await refusal(driver({ update }))).toContain(words);
  });

  it('refuses a folder that is not on this machine', async () => {
    expect(await refusal(driver({ directory: workshop.file('elsewhere') }))).toContain('elsewhere');
  });
});
