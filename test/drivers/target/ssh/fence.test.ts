import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Sshd } from '../../../support/sshd';
import { calm, change, eventually, instance } from '../fixtures';
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

const fence = () => `${sshd.home}/fences/production/web/web-01`;

/** Runs until the file `go` is there. */
const WAITS = 'echo "$GENERATION begins" >>ran; until [ -e go ]; do sleep 0.02; done; echo "$GENERATION ends" >>ran';

const waiting = () => sshd.running('flock 9').length;
/** Until somebody waits for the lock. */
const queued = () => eventually(async () => (waiting() > 0 ? true : undefined));

const ran = () => (existsSync(`${sshd.home}/ran`) ? readFileSync(`${sshd.home}/ran`, 'utf8').trim().split('\n') : []);

it('refuses a generation that is older than one it has seen, and takes the same one again', async () => {
  sshd.script('update.sh', 'echo "$GENERATION" >>ran');
  const bring = (generation: number) => reach.driver().change(change({ generation }), calm());
  expect((await bring(9)).kind).toBe('done');
  expect(readFileSync(fence(), 'utf8')).toBe('9\n');
  expect(await bring(8)).toEqual({
    kind: 'failed',
    reason: `update could not be started: generation 8 is stale: the host obeys generation 9 (${fence()})`,
    output: '',
  });
  expect((await bring(9)).kind).toBe('done');
  expect((await bring(10)).kind).toBe('done');
  expect(ran()).toEqual(['9', '9', '10']);
  expect(readdirSync(`${sshd.home}/fences/production/web`).sort()).toEqual(['web-01', 'web-01.lock']);
});

it('compares numbers, not texts, and each instance with itself only', async () => {
  sshd.script('update.sh', '');
  const bring = (generation: number, name: string) =>
    reach.driver().change(change({ generation, instance: instance({ name }) }), calm());
  expect((await bring(9, 'web-01')).kind).toBe('done');
  expect((await bring(100, 'web-01')).kind).toBe('done');
  expect((await bring(20, 'web-01')).kind).toBe('failed');
  expect((await bring(20, 'web-02')).kind).toBe('done');
});

it('stores the generation before the command starts, in the login folder where none is named', async () => {
  sshd.script('update.sh', `cat ~/.belay/production/web/web-01; exit 1`);
  const it = reach.driver({ fenceDirectory: '~/.belay' });
  expect(await it.change(change({ generation: 9 }), calm())).toMatchObject({ kind: 'failed', output: '9\n' });
  expect(await it.change(change({ generation: 8 }), calm())).toMatchObject({
    reason: expect.stringContaining('generation 8 is stale'),
  });
});

it('lets one command for an instance wait for the end of another', async () => {
  sshd.script('update.sh', WAITS);
  const first = reach.driver().change(change({ generation: 7 }), calm());
  await eventually(async () => (ran().length === 1 ? true : undefined));
  const others = new Reach(sshd);
  const second = others.driver().change(change({ generation: 8 }), calm());
  await queued();
  writeFileSync(`${sshd.home}/go`, '');
  expect((await first).kind).toBe('done');
  expect(await second).toMatchObject({
    kind: 'done',
    output: 'belay: another command for web-01 is under way on the host; waiting for its end\n',
  });
  others.close();
  expect(ran()).toEqual(['7 begins', '7 ends', '8 begins', '8 ends']);
});

it('refuses one that became stale while it waited', async () => {
  sshd.script('update.sh', WAITS);
  const first = reach.driver().change(change({ generation: 9 }), calm());
  await eventually(async () => (ran().length === 1 ? true : undefined));
  const others = new Reach(sshd);
  const late = others.driver().change(change({ generation: 8 }), calm());
  await queued();
  writeFileSync(`${sshd.home}/go`, '');
  expect((await first).kind).toBe('done');
  expect(await late).toMatchObject({ reason: expect.stringContaining('generation 8 is stale') });
  others.close();
  expect(ran()).toEqual(['9 begins', '9 ends']);
});

it('starts nothing for one that was aborted while it waited', async () => {
  sshd.script('update.sh', WAITS);
  const first = reach.driver().change(change({ generation: 7 }), calm());
  await eventually(async () => (ran().length === 1 ? true : undefined));
  const abort = new AbortController();
  const second = reach.driver().change(change({ generation: 8 }), abort.signal);
  await queued();
  abort.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  writeFileSync(`${sshd.home}/go`, '');
  expect((await first).kind).toBe('done');
  expect(ran()).toEqual(['7 begins', '7 ends']);
  expect(readFileSync(fence(), 'utf8')).toBe('7\n');
});

it('starts nothing for one whose connection was lost while it waited', async () => {
  sshd.script('update.sh', WAITS);
  const first = reach.driver().change(change({ generation: 7 }), calm());
  await eventually(async () => (ran().length === 1 ? true : undefined));
  const others = new Reach(sshd);
  const second = others.driver().change(change({ generation: 8 }), calm());
  await queued();
  others.close();
  expect(await second).toMatchObject({
    reason: expect.stringMatching(/^update could not be started: the connection to .* was lost/),
  });
  writeFileSync(`${sshd.home}/go`, '');
  expect((await first).kind).toBe('done');
  await eventually(async () => (waiting() === 0 ? true : undefined));
  expect(ran()).toEqual(['7 begins', '7 ends']);
});

describe('says what to do when the fence', () => {
  it('holds no number', async () => {
    sshd.script('update.sh', '');
    await reach.driver().change(change(), calm());
    writeFileSync(fence(), 'nonsense');
    expect(await reach.driver().change(change(), calm())).toMatchObject({
      reason: expect.stringContaining(`the fence ${fence()} on the host holds no number`),
    });
  });

  it("can't be kept", async () => {
    sshd.script('update.sh', '');
    expect(await reach.driver({ fenceDirectory: '/proc/fences' }).change(change(), calm())).toMatchObject({
      reason:
        "update could not be started: the fence can't be kept in /proc/fences/production/web on the host: it can't be made or written to",
    });
  });

  it('needs flock, and the host has none', async () => {
    const bare = await Sshd.start({ programs: ['sh', 'bash', 'env'] });
    const there = new Reach(bare);
    bare.script('update.sh', '');
    const answer = await there.driver().change(change(), calm());
    there.close();
    await bare.stop();
    expect(answer).toMatchObject({
      reason:
        'update could not be started: flock(1) is not on the host, and without it the host can not be fenced; install util-linux there',
    });
  });
});
