import { parseDeploymentName } from '../../src/control/name';
import { ApiProcess } from '../support/api-process';
import { Belay, simulatedOrder, uniqueService } from '../support/belay';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
let api: ApiProcess;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  api = await ApiProcess.start(belay, folder.path);
});
afterAll(async () => {
  await api.stop();
  await belay.shut();
});

it('follows a deployment to its end although the API is killed and started again meanwhile', async () => {
  const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
  const { id } = await belay.control.start(simulatedOrder(folder.path, uniqueService(), ['a', 'b'], { approvals }));
  await belay.until(id, ({ status }) => status === 'awaiting_approval');
  const env = await api.environment('ann');
  const watch = startClient(['watch', id], { cwd: folder.path, env });
  await watch.wrote('awaiting approval');
  await api.restart(async () => {
    await belay.control.message(parseDeploymentName(id), 'approve', { by: 'bob' });
    expect((await belay.ended(id)).status).toBe('succeeded');
  });
  const { exit, stdout, stderr } = await watch.ended;
  expect([exit, stderr]).toEqual([0, expect.any(String)]);
  expect(stdout + stderr).toContain('succeeded');
});
