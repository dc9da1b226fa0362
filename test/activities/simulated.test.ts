import { createActivities } from '../../src/activities';
import type { Activities, Began } from '../../src/activities/types';
import type { Health } from '../../src/domain';
import { HEALTH } from '../../src/domain';
import { createHook } from '../../src/drivers/hook/create';
import { createTargetDriver } from '../../src/drivers/target/create';
import { SshConnections } from '../../src/drivers/target/ssh/connections';
import { metricsOn } from '../../src/measuring';
import type { Request, RequestedMember } from '../../src/store';
import { NopDriver } from '../../src/drivers/traffic/nop';
import { NEW, OLD, requested, spec, useStore } from '../store/builders';
import { temporaryFolder } from '../support/files';
import { run } from './harness';

const used = useStore();
const folder = temporaryFolder();
const fleet = `${folder.path}/fleet.json`;
const healthy: { health: Health } = { health: HEALTH.HEALTHY };

function activities(): Activities {
  return createActivities({
    store: used.store,
    drivers: (wanted, of) =>
      createTargetDriver(wanted, of, {
        world: used.store.simulated,
        agents: used.store,
        environment: {},
        connections: new SshConnections(),
        artifacts: { find: async () => undefined, read: async () => undefined },
      }),
    routers: () => new NopDriver(),
    metrics: metricsOn(used.store),
    hooks: (spec) => createHook(spec, {}),
    orchestrator: { state: async () => 'running' },
    readFleet: async () => [],
  });
}

async function begin(members: RequestedMember[], kind: Request['kind'], runId: string): Promise<Began> {
  const wanted = { ...spec('simulated', fleet), snapshotFile: `${folder.path}/snapshot.json` };
  const requestId = await used.store.createRequest({ kind, spec: wanted, actor: 'ann' }, members);
  const answer = await run(activities().begin, { requestId, workflowId: 'deploy/test/simulated', runId });
  if (answer.kind === 'refused') throw new Error(answer.message);
  return answer;
}

it('takes a simulated fleet for what its file says now, and a rollback’s for what was recorded', async () => {
  const members = requested(['a', 'b']);
  const first = await begin(members, 'deploy', 'first');
  for (const [ordinal, name] of ['a', 'b'].entries()) {
    const input = { generation: first.generation, ordinal, name, round: 0 };
    expect(await run(activities().changeInstance, input)).toMatchObject({ result: 'good' });
  }
  await run(activities().recordEnd, { document: { ...first.document, status: 'succeeded' } });

  const back = await begin(
    members.map((member) => ({ ...member, target: { versions: OLD, ...healthy } })),
    'rollback',
    'second',
  );
  expect((await used.store.members(back.generation))[0]?.snapshot).toEqual({ versions: NEW, ...healthy });
  const input = { generation: back.generation, ordinal: 0, name: 'a', rollbackGeneration: back.generation };
  expect(await run(activities().restoreInstance, input)).toMatchObject({ result: 'restored', attempts: 1 });
  await run(activities().recordEnd, { document: { ...back.document, status: 'rolled_back' } });

  // Somebody has written the old versions into the file: b is recorded with the new ones.
  const again = await begin(members, 'deploy', 'third');
  expect(again.document.counts).toMatchObject({ pending: 2, unchanged: 0 });
});
