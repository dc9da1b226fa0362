import type { StatusDocument } from '../../src/domain';
import { ADMIN, REGISTRATION, TestApi, type Answer } from '../support/api';
import { Belay, uniqueService } from '../support/belay';

/** What docs/backup.md says of a database that was set back, with an instance that runs what was deployed since. */

interface Desired {
  code_version: string;
  configuration_version: string;
  generation: number;
  attempt: number;
}

const LABELS = { role: 'restored' };

/** An instance's agent, as far as a program with curl is one: it obeys no generation below the highest that it has seen. */
class Instance {
  private runs: Desired = { code_version: '1.0.0', configuration_version: '1', generation: 0, attempt: 1 };
  private secret = '';

  constructor(
    readonly name: string,
    public api: TestApi,
  ) {}

  async register(): Promise<number> {
    const instance = { name: this.name, ip: '127.0.0.1', labels: LABELS };
    const answer = await this.api.post('/inventory/register', { body: { instance, token: REGISTRATION } });
    this.secret = answer.body.secret;
    return answer.status;
  }

  async beat(): Promise<Answer> {
    const body = { ...this.runs, status: 1 };
    const answer = await this.api.patch(`/inventory/instances/${this.name}`, { token: this.secret, body });
    const desired = answer.body.desired as Desired | null | undefined;
    if (desired && desired.generation >= this.runs.generation) this.runs = desired;
    return answer;
  }

  get version(): string {
    return this.runs.code_version;
  }

  get generation(): number {
    return this.runs.generation;
  }
}

/** Deploys, and has the instances report until it has ended. */
async function deploy(belay: Belay, instances: Instance[], service: string, version: string): Promise<StatusDocument> {
  const [{ api }] = instances as [Instance];
  const configuration = { min_healthy_time: '0s', health_interval: '1s' };
  const body = { service, code_version: version, configuration_version: '1', labels: LABELS, configuration };
  const { status, body: begun } = await api.post('/deploy', { token: ADMIN, body });
  expect({ status, begun }).toMatchObject({ status: 201 });
  const over = { yes: false };
  const end = belay.ended(begun.id).finally(() => (over.yes = true));
  while (!over.yes) {
    for (const instance of instances) await instance.beat();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return end;
}

it('goes on above what was obeyed since the backup, by what the instances tell', async () => {
  const { service } = uniqueService();
  const before = await Belay.open();
  await before.work();
  const api = await TestApi.open(before);
  const [old, late] = [new Instance('old-01', api), new Instance('late-01', api)];
  expect(await old.register()).toBe(201);
  await old.beat();
  expect(await deploy(before, [old], service, '2.0.0')).toMatchObject({ status: 'succeeded' });
  const backup = await before.backUp();
  expect(await late.register()).toBe(201);
  await late.beat();
  for (const version of ['3.0.0', '4.0.0', '5.0.0']) await deploy(before, [old, late], service, version);
  const obeyed = Math.max(old.generation, late.generation);
  await api.close();
  await before.shut();

  const after = await Belay.open(backup);
  await after.work();
  const restored = await TestApi.open(after);
  old.api = late.api = restored;
  // It is told to run what ran at the time of the backup, which is older than what it obeyed.
  expect((await old.beat()).status).toBe(200);
  expect(old.version).toBe('5.0.0');
  // Nobody knows the other one any more: it registers again.
  expect((await late.beat()).status).toBe(404);
  expect(await late.register()).toBe(201);
  await late.beat();
  const next = await deploy(after, [old, late], service, '6.0.0');
  expect(next).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 } });
  expect(next.generation).toBeGreaterThan(obeyed);
  expect([old.version, late.version]).toEqual(['6.0.0', '6.0.0']);
  await restored.close();
  await after.shut();
});
