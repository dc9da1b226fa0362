import { Refused, Unreachable } from '../../src/control/errors';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
beforeAll(async () => {
  belay = await Belay.open();
});
afterAll(() => belay.shut());

it('without a worker, a start says that it exists, and a message is kept until there is one', async () => {
  const name = uniqueService();
  const order = simulatedOrder(folder.path, name, ['a', 'b']);
  await expect(belay.control.start(order)).rejects.toThrow(Unreachable);
  await expect(belay.control.status(name)).rejects.toThrow("hasn't begun yet");
  await expect(belay.control.start(order)).rejects.toThrow(Refused);

  const delivered = await belay.control.message(name, 'abort', { by: 'ann@here' });
  expect(delivered).toMatchObject({ delivered: 'signal', notice: expect.stringContaining('No worker answered') });

  await belay.work();
  const row = await begun(name);
  expect(await belay.ended(row)).toMatchObject({ status: 'aborted', counts: { pending: 2 } });
});

it('when the worker goes away, the last that was recorded is told, and says so', async () => {
  const name = uniqueService();
  const order = simulatedOrder(folder.path, name, ['a', 'b'], {
    approvals: [{ beforeBatch: 2, onTimeout: 'pause' }],
  });
  const { id } = await belay.control.start(order);
  await belay.until(id, (document) => document.status === 'awaiting_approval');
  await belay.rest();
  expect(await belay.control.status(name)).toMatchObject({
    source: 'database',
    lost: false,
    document: { id },
    notice: expect.stringContaining('No worker answers'),
  });
  await belay.client.workflow.getHandle(`deploy/${name.environment}/${name.service}`).terminate();
  expect(await belay.control.status(name)).toMatchObject({ lost: true, notice: expect.stringContaining('lost') });
  await expect(belay.control.message(name, 'abort', {})).rejects.toThrow('its orchestrator was lost');

  await belay.work();
  const answer = await belay.control.rollback(name, { actor: 'ann@here' });
  if (answer.kind !== 'started') throw new Error(answer.kind);
  expect(await belay.ended(answer.started.id)).toMatchObject({ status: 'rolled_back', counts: { total: 1 } });
  expect((await belay.control.history({ service: name.service })).map((row) => row.status)).toEqual([
    'rolled_back',
    'failed',
  ]);
});

async function begun({ environment, service }: ReturnType<typeof uniqueService>): Promise<string> {
  for (;;) {
    const row = await belay.store.latest(environment, service);
    if (row !== undefined) return row.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
