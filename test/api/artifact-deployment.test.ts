import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ADMIN, REGISTRATION, TestApi } from '../support/api';
import { Belay } from '../support/belay';
import { artifactUsesOf } from '../support/artifacts';

const token = ADMIN;
let belay: Belay;
let api: TestApi;
let fleets: Fleet[] = [];
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  await belay.work();
  api = await TestApi.open(belay);
});
afterEach(async () => {
  await Promise.all(fleets.map((each) => each.end()));
  fleets = [];
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

interface Running {
  code_version: string;
  configuration_version: string;
  artifact?: string;
}

const BEAT_MS = 50;

/** Instances whose agents do as they are told, over HTTP; they fetch the artifact, and don't bear every one. */
class Fleet {
  readonly labels = { role: `r-${randomUUID()}`, env: 'staging' };
  readonly states = new Map<string, Running & { generation: number; status: number; reason?: string }>();
  /** An artifact that nobody gets to run. */
  broken: string | undefined;
  /** Whether they tell what they run out of. */
  tells = true;
  private readonly secrets = new Map<string, string>();
  private ended = false;
  private going: Promise<void> | undefined;

  async begin(count: number, running: Running): Promise<this> {
    fleets.push(this);
    for (let i = 0; i < count; i++) {
      const name = `${this.labels.role}-${i}`;
      const instance = { ip: '127.0.0.1', name, labels: this.labels };
      const { body } = await api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
      this.secrets.set(name, body.secret);
      this.states.set(name, { ...running, generation: 0, status: 1 });
    }
    await this.beat();
    this.going = this.goOn();
    return this;
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.going;
  }

  get artifacts(): (string | undefined)[] {
    return [...this.states.values()].map(({ artifact }) => artifact);
  }

  private async goOn(): Promise<void> {
    for (; !this.ended; await delay(BEAT_MS)) await this.beat();
  }

  private async beat(): Promise<void> {
    for (const [name, { artifact, ...state }] of this.states) {
      const secret = this.secrets.get(name)!;
      const body = { ...state, ...(this.tells ? { artifact: artifact ?? null } : {}) };
      const answer = await api.patch(`/inventory/instances/${name}`, { token: secret, body });
      const { desired, update_needed: needed } = answer.body;
      if (!needed) continue;
      const { attempt: _, ...wanted } = desired;
      const fetched = wanted.artifact === undefined ? 'nothing' : await this.fetch(wanted.artifact, secret);
      const failed = wanted.artifact !== undefined && wanted.artifact === this.broken;
      if (failed) this.states.set(name, { ...state, ...present(artifact), generation: wanted.generation, status: 3 });
      else this.states.set(name, { ...wanted, status: fetched === wanted.artifact || fetched === 'nothing' ? 1 : 3 });
    }
  }

  private async fetch(digest: string, secret: string): Promise<string> {
    const answer = await fetch(`${api.url}/artifacts/${digest}`, { headers: { authorization: `Bearer ${secret}` } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  }
}

const present = (artifact: string | undefined) => (artifact === undefined ? {} : { artifact });

async function pushed(text: string): Promise<string> {
  const answer = await fetch(`${api.url}/artifacts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    body: text,
  });
  return ((await answer.json()) as { digest: string }).digest;
}

async function deployed({ labels }: Fleet, release: Running, more: object = {}) {
  const configuration = { batch_size: 2, min_healthy_time: '0s', max_attempts: 1 };
  const body = { ...release, labels, configuration, service: labels.role, ...more };
  const begun = await api.post('/deploy', { token, body });
  expect(begun.status).toBe(201);
  return belay.ended(begun.body.id);
}

const OLD = { code_version: '1.0.0', configuration_version: '1' };
const NEW = { code_version: '1.1.0', configuration_version: '2' };

it('brings an artifact, and brings the earlier one back when the next fails', async () => {
  const fleet = await new Fleet().begin(3, OLD);
  const [good, bad] = [await pushed('one'), await pushed('two')];
  const first = await deployed(fleet, { ...NEW, artifact: good });
  expect(first).toMatchObject({ status: 'succeeded', release: { ...NEW, artifact: good } });
  expect(fleet.artifacts).toEqual([good, good, good]);

  fleet.broken = bad;
  const second = await deployed(fleet, { code_version: '1.2.0', configuration_version: '2', artifact: bad });
  expect(second).toMatchObject({ status: 'rolled_back', previous_release: { ...NEW, artifact: good } });
  expect([...fleet.states.values()]).toMatchObject([1, 2, 3].map(() => ({ ...NEW, artifact: good, status: 1 })));

  const shown = await api.get(`/inventory/instances/${fleet.labels.role}-0`, { token });
  expect(shown.body).toMatchObject({ artifact: good, desired: { artifact: good } });
  expect(await artifactUsesOf(belay, good)).toContain(`${fleet.labels.role}-0 runs it`);
  expect(await artifactUsesOf(belay, bad)).toEqual([]);
});

it('is another release when the artifact alone is another, and goes back to what ran after an older one', async () => {
  const fleet = await new Fleet().begin(2, OLD);
  const [one, two] = [await pushed('three'), await pushed('four')];
  const first = await deployed(fleet, { ...NEW, artifact: one });
  expect(await deployed(fleet, { ...NEW, artifact: one })).toMatchObject({ counts: { unchanged: 2 } });
  expect(await deployed(fleet, { ...NEW, artifact: two })).toMatchObject({ counts: { succeeded: 2, unchanged: 0 } });
  expect(fleet.artifacts).toEqual([two, two]);
  const back = await api.post('/deploy/rollback', {
    token,
    body: { service: fleet.labels.role, environment: 'staging', to: first.generation },
  });
  expect(back.status).toBe(201);
  await belay.ended(back.body.id);
  expect(fleet.artifacts).toEqual([one, one]);
});

it('is brought back to agents that never tell what they run out of', async () => {
  const fleet = await new Fleet().begin(2, OLD);
  fleet.tells = false;
  const [good, bad] = [await pushed('five'), await pushed('six')];
  expect((await deployed(fleet, { ...NEW, artifact: good })).status).toBe('succeeded');
  fleet.broken = bad;
  const second = await deployed(fleet, { code_version: '1.2.0', configuration_version: '2', artifact: bad });
  expect(second).toMatchObject({ status: 'rolled_back', previous_release: { ...NEW, artifact: good } });
  const desired = await belay.store.inventoryInstance(`${fleet.labels.role}-0`);
  expect(desired?.desired?.versions.artifact).toBe(good);
});

it('is refused before anything begins when nobody pushed it', async () => {
  const fleet = await new Fleet().begin(1, OLD);
  const artifact = `sha256:${'0'.repeat(64)}`;
  for (const path of ['/deploy', '/deployments/plan']) {
    const answer = await api.post(path, { token, body: { ...NEW, artifact, labels: fleet.labels } });
    expect(answer.status).toBe(422);
    expect(answer.body.error.fields).toEqual([
      { field: 'artifact', message: expect.stringContaining('push it first: `belay artifact push FILE`') },
    ]);
  }
  const wrong = await api.post('/deploy', { token, body: { ...NEW, artifact: 'sha256:12', labels: fleet.labels } });
  expect(wrong.body.error.fields).toEqual([{ field: 'artifact', message: expect.stringContaining('64 hex digits') }]);
});
