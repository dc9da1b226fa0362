import { randomUUID } from 'node:crypto';
import type { DeploymentSpec, StatusDocument, Versions } from '../../src/domain';
import { HEALTH } from '../../src/domain';
import { openStore, type RequestedMember, type Store, type TakenSnapshot, type WorkKey } from '../../src/store';
import { createTestDatabase, type TestDatabase } from '../support/postgres';

export const OLD: Versions = { codeVersion: '1.0.0', configurationVersion: '1' };
export const NEW: Versions = { codeVersion: '1.1.0', configurationVersion: '1' };
export const FLEET = '/srv/fleet.json';

/** A database of the test file's own, and a store on it. */
export function useStore(): { store: Store; database: TestDatabase } {
  const used = {} as { store: Store; database: TestDatabase };
  beforeAll(async () => {
    used.database = await createTestDatabase();
    used.store = await openStore(used.database.url);
  });
  afterAll(async () => {
    await used.store.close();
    await used.database.drop();
  });
  return used;
}

export function spec(service: string, fleet = FLEET): DeploymentSpec {
  return {
    service,
    environment: 'test',
    release: NEW,
    metadata: {},
    fleet: { kind: 'file', path: fleet },
    selection: { only: [], exclude: [], first: [] },
    unreachable: 'refuse',
    driver: { kind: 'simulated', latencyMs: 0, failures: {} },
    strategy: { kind: 'rolling', batching: { kind: 'batches', sizes: [], pauseBetweenMs: 0 }, bakeMs: 0 },
    maxFailures: { kind: 'count', count: 0 },
    failedInstances: 'leave',
    onFailure: 'rollback',
    retry: { maxAttempts: 3, initialIntervalMs: 1, backoff: 2, maxIntervalMs: 10 },
    timeouts: { instanceMs: 1000, healthMs: 1000 },
    minHealthyMs: 0,
    healthIntervalMs: 1000,
    approvals: [],
    order: { kind: 'name' },
    force: false,
    snapshotFile: '/srv/.snapshot.json',
  };
}

export function requested(names: string[]): RequestedMember[] {
  return names.map((name, ordinal) => ({ ordinal, name, address: `${name}:80`, labels: { zone: 'a' }, versions: OLD }));
}

export function taken(members: RequestedMember[], versions: Versions | undefined = OLD): TakenSnapshot[] {
  return members.map(({ ordinal }) => ({
    ordinal,
    snapshot: { ...(versions && { versions }), health: HEALTH.HEALTHY },
    excluded: false,
    unreachable: false,
  }));
}

export function statusDocument(
  generation: number,
  service: string,
  change: Partial<StatusDocument> = {},
): StatusDocument {
  return {
    id: `test/${service}/${generation}`,
    workflow_id: `deploy/test/${service}`,
    run_id: 'run',
    generation,
    rollback_count: 0,
    service,
    environment: 'test',
    status: 'running',
    strategy: 'rolling',
    driver: 'simulated',
    release: { code_version: '1.1.0', configuration_version: '1' },
    previous_release: null,
    actor: 'ann',
    note: null,
    metadata: {},
    links: { web_ui: null },
    reason: null,
    step: { index: 1, of: 1, kind: 'update', summary: 'batch 1' },
    traffic_percent: null,
    counts: {
      total: 0,
      pending: 0,
      in_flight: 0,
      succeeded: 0,
      failed: 0,
      unchanged: 0,
      skipped: 0,
      rolled_back: 0,
      unresolved: 0,
    },
    failures: [],
    violations: [],
    started_at: new Date().toISOString(),
    ended_at: null,
    duration_ms: 0,
    ...change,
  };
}

export interface Begun {
  generation: number;
  service: string;
  requestId: string;
}

interface BeginOptions {
  service?: string;
  names?: string[];
  fleet?: string;
  actor?: string;
  versions?: Versions;
  /** What it brings. */
  release?: Versions;
}

/** A request, with its generation drawn and nothing else. */
export async function draw(store: Store, options: BeginOptions = {}): Promise<Begun> {
  const {
    service = `s-${randomUUID().slice(0, 8)}`,
    names = ['a', 'b', 'c'],
    fleet = `/srv/${service}.json`,
  } = options;
  const requestId = await store.createRequest(
    {
      kind: 'deploy',
      spec: { ...spec(service, fleet), release: options.release ?? NEW },
      actor: options.actor ?? 'ann',
    },
    requested(names),
  );
  const generation = await store.drawFor({ requestId, workflowId: `deploy/test/${service}`, runId: randomUUID() });
  return { generation, service, requestId };
}

/** A deployment that has begun: claimed, snapshotted, with its row. */
export async function begin(store: Store, options: BeginOptions = {}): Promise<Begun> {
  const drawn = await draw(store, options);
  const { generation, service, requestId } = drawn;
  const members = await store.requestedMembers(requestId);
  const fleet = options.fleet ?? `/srv/${service}.json`;
  const held = await store.claim(
    generation,
    fleet,
    members.map((each) => each.name),
    'all',
  );
  expect(held).toEqual([]);
  await store.takeSnapshot(generation, taken(members, options.versions));
  await store.createDeployment({
    generation,
    requestId,
    workflowId: `deploy/test/${service}`,
    runId: 'run',
    document: statusDocument(generation, service),
    answer: { kind: 'began', generation },
    snapshotFile: `/srv/${service}.snapshot.json`,
  });
  return drawn;
}

export function changeKey(generation: number, ordinal: number, round = 0): WorkKey {
  return { generation, ordinal, towards: 'release', round, fence: generation };
}

/** Brings one instance of a deployment to the versions. */
export async function change(
  store: Store,
  generation: number,
  ordinal: number,
  name: string,
  versions = NEW,
): Promise<void> {
  const key = changeKey(generation, ordinal);
  const opened = await store.openAttempt(key, 0);
  if (opened.kind !== 'started') throw new Error(opened.kind);
  await store.settle(
    key,
    { ordinal, name, result: 'good', attempts: 1 },
    { attempt: opened.attempt, ok: true },
    {
      versions,
      health: HEALTH.HEALTHY,
    },
  );
}
