import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HEALTH } from '../../src/domain';
import { isAlive } from '../../src/stack/processes';
import { AgentPlace } from '../support/agent-place';
import { temporaryFolder } from '../support/files';
import { until } from '../kill/until';

/** An agent that is killed leaves its update command running; it never goes on beside the next one. */

const folder = temporaryFolder();
const PATIENCE_MS = 60_000;
const GONE_ON = 5;
let serial = 0;
const places: AgentPlace[] = [];
afterEach(async () => {
  for (const each of places.splice(0)) await each.close();
});

/** Notes each of its steps, leaves a service in a group of its own, and goes on while there is a file `hold`. */
const update = (first: string) => `#!/bin/sh
${first}
[ -e service ] || '${process.execPath}' -e '
  const child = require("child_process").spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  require("fs").writeFileSync("service", String(child.pid));
  child.unref();'
echo "$$ begins $GENERATION" >>ledger
while [ -e hold ]; do sleep 0.05; echo "$$ goes on" >>ledger; done
printf '{"version":"%s","config":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" >running
echo "$$ ends" >>ledger
`;

async function place(first = ''): Promise<AgentPlace> {
  const here = await AgentPlace.open(join(folder.path, `agent-${serial++}`));
  places.push(here);
  here.script('update.sh', update(first));
  here.write('hold', '');
  here.onEnd(async () => {
    rmSync(here.file('hold'), { force: true });
    if (existsSync(here.file('service'))) process.kill(Number(here.read('service')), 'SIGKILL');
  });
  return here;
}

const told = (generation: number) => ({
  versions: { codeVersion: `1.${generation}.0`, configurationVersion: '2' },
  generation,
  attempt: 1,
});
const runs = (generation: number) => (beat: { code_version: string | null; status: number }) =>
  beat.code_version === `1.${generation}.0` && beat.status === HEALTH.HEALTHY;
const goesOn = (here: AgentPlace, generation: number) => () => {
  const at = here.ledger().findLastIndex((line) => line.endsWith(`begins ${generation}`));
  return (
    at >= 0 &&
    here
      .ledger()
      .slice(at + 1)
      .filter((line) => line.endsWith('goes on')).length > GONE_ON
  );
};

it.each([
  ['that ends when it is asked', ''],
  ['that does not end when it is asked', "trap '' TERM"],
])('ends a command %s before the next one begins', async (_, first) => {
  const here = await place(first);
  here.plane.desired = told(7);
  const killed = here.process();
  await until('the command', PATIENCE_MS, goesOn(here, 7));
  killed.child.kill('SIGKILL');
  await killed.ended;
  const old = here.ledger()[0]!.split(' ')[0]!;

  // What is newer comes at once, so that two of them could be left behind by now.
  here.plane.desired = told(8);
  here.process();
  await until('the next one', PATIENCE_MS, goesOn(here, 8));
  const lines = here.ledger();
  const next = lines.findIndex((line) => line.includes('begins') && !line.startsWith(`${old} `));
  expect(lines.slice(next).filter((line) => line.startsWith(`${old} `))).toEqual([]);
  expect(isAlive(Number(here.read('service')))).toBe(true);

  rmSync(here.file('hold'));
  await here.plane.beat(runs(8));
  expect(here.ledger().filter((line) => line.endsWith('ends'))).toHaveLength(1);
  expect(existsSync(here.file('state/command.json'))).toBe(false);
});

it('leaves a process alone that has got the number of a command by now', async () => {
  const here = await place();
  rmSync(here.file('hold'));
  const other = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  here.onEnd(async () => void other.kill('SIGKILL'));
  mkdirSync(here.file('state'));
  here.write('state/command.json', JSON.stringify({ pid: other.pid, identity: 'long ago' }));
  here.plane.desired = told(7);
  await here.start();
  await here.plane.beat(runs(7));
  expect(other.exitCode ?? other.signalCode).toBeNull();
  expect(existsSync(here.file('state/command.json'))).toBe(false);
});
