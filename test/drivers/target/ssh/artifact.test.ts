import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Sshd } from '../../../support/sshd';
import { calm, change, eventually, instance } from '../fixtures';
import { Reach } from './fixtures';

const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const SAYS = 'echo "$BELAY_ARTIFACT $BELAY_ARTIFACT_FILE"; sha256sum <"$BELAY_ARTIFACT_FILE"';
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

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

/** What lies in the folder for artifacts on the host. */
const kept = () => (existsSync(`${sshd.home}/artifacts`) ? readdirSync(`${sshd.home}/artifacts`) : []);
const fileOf = (digest: string) => `${sshd.home}/artifacts/${digest.slice('sha256:'.length)}`;
const bring = (artifact: string, over: Parameters<typeof change>[0] = {}) =>
  change({ target: { ...NEW, artifact }, ...over });

async function* chunks(...given: Buffer[]) {
  yield* given;
}

async function stored(size: number): Promise<{ bytes: Buffer; digest: string }> {
  const bytes = randomBytes(size);
  const { artifact } = await reach.artifacts.put(chunks(bytes));
  return { bytes, digest: artifact.digest };
}

/** A store that has something else than it says. */
function lying(digest: string, size: number, read: () => AsyncIterable<Uint8Array>) {
  const artifact = { digest, size, storedAt: new Date(0) };
  reach.artifacts = { ...reach.artifacts, find: async () => artifact, read: async () => read() };
}

it('is on the host, whole, before the command runs, which is told where', async () => {
  sshd.script('update.sh', SAYS);
  const { bytes, digest } = await stored(5 * 1024 ** 2 + 3);
  expect(await reach.driver().change(bring(digest), calm())).toEqual({
    kind: 'done',
    output: `${digest} ${fileOf(digest)}\n${digest.slice('sha256:'.length)}  -\n`,
  });
  expect(readFileSync(fileOf(digest)).equals(bytes)).toBe(true);
  expect(kept()).toEqual([digest.slice('sha256:'.length)]);
});

it('is not sent again where it is, and is where something else has its name', async () => {
  sshd.script('update.sh', SAYS);
  const { digest } = await stored(100_000);
  expect((await reach.driver().change(bring(digest), calm())).kind).toBe('done');
  const first = statSync(fileOf(digest)).ino;
  expect((await reach.driver().change(bring(digest, { attempt: 2 }), calm())).kind).toBe('done');
  expect(statSync(fileOf(digest)).ino).toBe(first);
  writeFileSync(fileOf(digest), 'something else');
  expect(await reach.driver().change(bring(digest, { attempt: 3 }), calm())).toMatchObject({
    kind: 'done',
    output: expect.stringContaining(`${digest.slice('sha256:'.length)}  -`),
  });
});

it('is kept below the login folder, and told as nothing where there is none', async () => {
  sshd.script('update.sh', 'echo "<$BELAY_ARTIFACT><$BELAY_ARTIFACT_FILE>"');
  expect(await reach.driver().change(change(), calm())).toEqual({ kind: 'done', output: '<><>\n' });
  const { digest } = await stored(10);
  const answer = await reach.driver({ artifactDirectory: '~/a b/c' }).change(bring(digest), calm());
  expect(answer.output).toBe(`<${digest}><${sshd.home}/a b/c/${digest.slice('sha256:'.length)}>\n`);
});

describe('nothing runs, and nothing of it stays on the host,', () => {
  beforeEach(() => sshd.script('update.sh', 'touch ran'));
  afterEach(() => {
    expect(existsSync(`${sshd.home}/ran`)).toBe(false);
    expect(kept()).toEqual([]);
  });

  it('when what arrives there has another digest', async () => {
    const digest = digestOf(Buffer.from('right'));
    lying(digest, 5, () => chunks(Buffer.from('wrong')));
    expect(await reach.driver().change(bring(digest), calm())).toMatchObject({
      kind: 'failed',
      reason: `update could not be started: the artifact is not ${digest} as it arrived on the host`,
    });
  });

  it('when the store fails half-way', async () => {
    const digest = digestOf(Buffer.from('right'));
    lying(digest, 5, async function* () {
      yield Buffer.from('ri');
      throw new Error('the disk is gone');
    });
    expect(await reach.driver().change(bring(digest), calm())).toMatchObject({
      kind: 'failed',
      reason: "update could not be started: the artifact can't be sent: the disk is gone",
    });
    await eventually(async () => (kept().length === 0 ? true : undefined));
  });

  it('when it is not in the store, which is said before anything is touched', async () => {
    const digest = digestOf(Buffer.from('never pushed'));
    const words = `the artifact ${digest} is not in the store of this worker; push it there`;
    await expect(reach.driver().check({ ...NEW, artifact: digest })).rejects.toThrow(words);
    expect(await reach.driver().change(bring(digest), calm())).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining(words),
    });
  });

  it('when it is stopped on its way', async () => {
    const abort = new AbortController();
    let sent = false;
    lying(digestOf(Buffer.from('x')), 1024 ** 3, async function* () {
      yield randomBytes(1024);
      sent = true;
      await new Promise((resolve) => abort.signal.addEventListener('abort', resolve));
      yield randomBytes(1024);
    });
    const answer = reach.driver().change(bring(digestOf(Buffer.from('x'))), abort.signal);
    await eventually(async () => (sent && kept().length === 1 ? true : undefined));
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(answer).rejects.toBe(reason);
  });

  it('when its folder can not be made', async () => {
    const { digest } = await stored(10);
    sshd.put('taken', '');
    const artifactDirectory = `${sshd.home}/taken/artifacts`;
    expect(await reach.driver({ artifactDirectory }).change(bring(digest), calm())).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining(`artifacts can't be kept in ${artifactDirectory} on the host`),
    });
  });

  it('when a newer generation was there before', async () => {
    sshd.script('update.sh', 'true');
    expect((await reach.driver().change(change({ generation: 9 }), calm())).kind).toBe('done');
    const { digest } = await stored(10);
    expect(await reach.driver().change(bring(digest, { generation: 8 }), calm())).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('generation 8 is stale'),
    });
  });
});

it('is sent to two instances of one host at once, and is there once', async () => {
  sshd.script('update.sh', SAYS);
  const { digest } = await stored(3 * 1024 ** 2);
  const both = ['web-01', 'web-02'].map((name) =>
    reach.driver().change(bring(digest, { instance: instance({ name }) }), calm()),
  );
  expect((await Promise.all(both)).map(({ kind }) => kind)).toEqual(['done', 'done']);
  expect(kept()).toEqual([digest.slice('sha256:'.length)]);
});
