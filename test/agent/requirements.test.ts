import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HEALTH } from '../../src/domain';
import { AgentPlace } from '../support/agent-place';
import { tgzOf } from '../support/archive';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';

/** What agent.yaml names and this machine lacks. */

const folder = temporaryFolder();
let serial = 0;
const places: AgentPlace[] = [];
afterEach(async () => {
  for (const each of places.splice(0)) await each.close();
});

async function place(rest: Record<string, unknown>): Promise<AgentPlace> {
  const here = await AgentPlace.open(join(folder.path, `agent-${serial++}`), rest);
  places.push(here);
  return here;
}

it.each<[string, Record<string, unknown>, RegExp]>([
  ['update', { update: ['./nope.sh'] }, /^agent\.yaml: update names \.\/nope\.sh: .*nope\.sh does not exist/],
  [
    'health',
    { health: { type: 'command', run: ['nope-7'] } },
    /^agent\.yaml: health\.run names nope-7: no folder of PATH/,
  ],
  ['env', { env: { KEY: '${env:NOPE_7}' } }, /^agent\.yaml: env names NOPE_7, which is not set/],
  [
    'a place beside the releases',
    { install_dir: 'web', update: ['web/currently/x'] },
    /^agent\.yaml: update names web/,
  ],
])('is told as a mistake in agent.yaml, and no start is worth a try: %s', async (_, rest, words) => {
  const here = await place(rest);
  const { exit, stderr } = await startClient(['agent'], { cwd: here.dir }).ended;
  expect(stderr.replace(/^Error: /i, '')).toMatch(words);
  expect(stderr).not.toMatch(/worker|deployment|driver/);
  expect(exit).toBe(2);
});

describe('an update command that comes with the releases', () => {
  const config = { install_dir: 'web', update: ['./web/current/update'] };
  const told = (digest: string, generation: number) => ({
    versions: { codeVersion: `1.${generation}.0`, configurationVersion: '2', artifact: digest },
    generation,
    attempt: 1,
  });

  it('is there with the first one, and one without it can be mended by the next, also after a restart', async () => {
    const here = await place(config);
    const text = here.read('update.sh').replace('#!/bin/sh\n', `#!/bin/sh\ncd ${here.dir}\n`);
    const { shelf } = here.plane;
    here.plane.desired = told(shelf.put(tgzOf([{ path: 'data', text: 'x' }])), 1);
    const stop = await here.start();
    expect(await here.plane.beat(({ status }) => status === HEALTH.FAILED)).toMatchObject({
      reason: expect.stringMatching(/update could not be started: .*web\/current\/update does not exist/),
    });
    await stop();
    here.plane.desired = told(shelf.put(tgzOf([{ path: 'update', text, mode: 0o755 }])), 2);
    await here.start();
    await here.plane.beat(({ code_version, status }) => code_version === '1.2.0' && status === HEALTH.HEALTHY);
  });
});

it('says which key names a registration token that is not there, and goes on when it is', async () => {
  const here = await place({});
  rmSync(here.file('token'));
  const agent = here.process();
  await agent.wrote(`registration_token_file: ${here.file('token')}: doesn't exist`);
  here.write('token', 'let-me-in');
  await here.plane.beat(({ status }) => status === HEALTH.HEALTHY);
});
