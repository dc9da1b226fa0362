import { Sshd } from '../../../support/sshd';
import { calm, change, instance } from '../fixtures';
import { Reach } from './fixtures';

let sshd: Sshd;
let reach: Reach;

beforeAll(async () => {
  sshd = await Sshd.start();
});
beforeEach(() => {
  reach = new Reach(sshd);
});
afterEach(() => reach.close());
afterAll(() => sshd.stop());

describe('what a command is told', () => {
  it('is the instance, the versions and the fence; of the worker nothing', async () => {
    sshd.script('update.sh', 'env');
    const it = reach.driver(
      { env: { TOKEN: 'a-${env:WHO}', GENERATION: '999' } },
      { WHO: 'b', DATABASE_URL: 'secret' },
    );
    const labelled = instance({ labels: { zone: 'eu-1', 'app.io/slot-name': 'blue' } });
    const answer = await it.change(change({ instance: labelled, attempt: 3 }), calm());
    expect(answer.kind).toBe('done');
    const seen = answer.output.trim().split('\n');
    expect(seen).toEqual(
      expect.arrayContaining([
        'TOKEN=a-b',
        'INSTANCE_ID=web-01',
        'INSTANCE_ADDRESS=127.0.0.1:8080',
        'INSTANCE_LABEL_ZONE=eu-1',
        'INSTANCE_LABEL_APP_IO_SLOT_NAME=blue',
        'CODE_VERSION=1.1.0',
        'CONFIGURATION_VERSION=2',
        'PREVIOUS_CODE_VERSION=1.0.0',
        'PREVIOUS_CONFIGURATION_VERSION=1',
        'GENERATION=7',
        'ATTEMPT=3',
      ]),
    );
    expect(answer.output).not.toMatch(/DATABASE_URL|belay_/);
  });

  const NASTY = [
    'it\'s "quoted" \\ and `id` $(id) $HOME ${HOME} !!',
    'two\nlines\n\nand\ttabs\n',
    '€ 日本語 \u{1F680} é',
    "-n * ? [a] ~ # ; & | < > ' '' %s %d \\n",
    '',
    ' ',
  ];

  it.each(NASTY)('is %j to the byte', async (value) => {
    sshd.script('update.sh', 'printf "<%s><%s>" "$VALUE" "$1"');
    const it = reach.driver({ env: { VALUE: value }, update: ['./update.sh', value] });
    expect(await it.change(change(), calm())).toEqual({ kind: 'done', output: `<${value}><${value}>` });
  });

  it('is a lot, if need be', async () => {
    sshd.script('update.sh', 'echo "${#VALUE}"');
    const value = "x'".repeat(50_000);
    const answer = await reach.driver({ env: { VALUE: value } }).change(change(), calm());
    expect(answer).toEqual({ kind: 'done', output: '100000\n' });
  });

  it('runs in its folder, finds a word without a slash on PATH, and has an empty standard input', async () => {
    sshd.script('sub folder/true', 'exit 9');
    sshd.script('sub folder/where.sh', 'pwd; cat; echo "$PATH"');
    const directory = `${sshd.home}/sub folder`;
    expect(await reach.driver({ directory, update: ['true'] }).change(change(), calm())).toMatchObject({
      kind: 'done',
    });
    const it = reach.driver({
      directory: '~/sub folder',
      update: ['./where.sh'],
      env: { PATH: '/nowhere:/usr/bin:/bin' },
    });
    expect(await it.change(change(), calm())).toEqual({
      kind: 'done',
      output: `${directory}\n/nowhere:/usr/bin:/bin\n`,
    });
  });

  it("is in nobody's list of processes, and redacted in what it prints", async () => {
    sshd.script(
      'update.sh',
      'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n" | grep -c "hunter[2]"; printf "%s" "${TOKEN:0:7}"; sleep 0.1; echo "${TOKEN:7}"; echo "no $TOKEN" >&2; exit 1',
    );
    const it = reach.driver({ env: { TOKEN: 'x ${env:T}' } }, { T: 'hunter2-hunter2\n' });
    const answer = await it.change(change(), calm());
    expect(answer).toMatchObject({ kind: 'failed', reason: 'update exited with status 1: no x [redacted]' });
    expect(answer.output).toMatch(/^0\n/);
    expect(JSON.stringify(answer)).not.toContain('hunter');
  });
});

describe('how a command ends', () => {
  it.each([
    ['exit 3', 'update exited with status 3 and printed nothing'],
    ['echo one; echo >&2 two; echo; exit 3', 'update exited with status 3: two'],
    ['echo bye; kill -KILL $$', 'update was killed by SIGKILL: bye'],
    ["printf '\\033[31mred\\033[0m\\r\\n'; exit 1", 'update exited with status 1: red'],
  ])('%s', async (body, reason) => {
    sshd.script('update.sh', body);
    expect(await reach.driver().change(change(), calm())).toMatchObject({ kind: 'failed', reason });
  });

  it.each([
    [['./gone.sh'], './gone.sh is not there on the host, or is not executable'],
    [['./fences'], './fences is not there on the host, or is not executable'],
    [['no-such-program'], /no folder of the host's PATH \(.+\) has no-such-program/],
  ])('%j can not be started', async (update, words) => {
    const answer = await reach.driver({ update }).change(change(), calm());
    expect(answer).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/^update could not be started: /) });
    expect(answer).toMatchObject({
      reason: typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
    });
  });

  it('failed, when its folder is not there', async () => {
    const directory = '/nowhere/at/all';
    expect(await reach.driver({ directory }).change(change(), calm())).toMatchObject({
      reason:
        'update could not be started: the folder /nowhere/at/all, where it is to run, is not there on the host, or may not be entered',
    });
  });

  it('keeps the last 8 KiB of both streams', async () => {
    sshd.script('update.sh', 'for i in {1..20000}; do echo "line €$i"; done; echo end');
    const { output } = await reach.driver().change(change(), calm());
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(8192);
    expect(Buffer.byteLength(output)).toBeGreaterThan(8180);
    expect(output).not.toContain('\uFFFD');
    expect(output.endsWith('line €20000\nend\n')).toBe(true);
  });

  it('does not hang on what it leaves behind, and lets a service live that holds no lock', async () => {
    sshd.script('update.sh', 'sleep 600 & echo $!');
    const { output } = await reach.driver().change(change(), calm());
    expect(() => process.kill(Number(output), 0)).not.toThrow();
    sshd.script('update.sh', 'echo again');
    expect(await reach.driver().change(change(), calm())).toEqual({ kind: 'done', output: 'again\n' });
    process.kill(Number(output), 'SIGKILL');
  });
});

it('uses one connection for each instance, over attempts and looks', async () => {
  sshd.script('update.sh', 'exit 1');
  const health = { kind: 'command' as const, run: ['true'], timeoutMs: 60_000 };
  const it = reach.driver({ health });
  const before = sshd.logins();
  await it.change(change(), calm());
  await Promise.all([it.change(change({ attempt: 2 }), calm()), it.probe(instance(), calm())]);
  await reach.driver({ health, update: ['true'] }).change(change({ attempt: 3 }), calm());
  expect(sshd.logins() - before).toBe(1);
  await it.probe(instance({ name: 'web-02' }), calm());
  expect(sshd.logins() - before).toBe(2);
});
