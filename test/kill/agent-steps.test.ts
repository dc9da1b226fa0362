import { existsSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HEALTH } from '../../src/domain';
import { AgentPlace } from '../support/agent-place';
import { startAgentFile } from '../support/agent-file';
import { tgzOf } from '../support/archive';
import { temporaryFolder } from '../support/files';
import type { Beat } from '../support/plane';
import { treeOf } from '../support/tree';
import { until } from './until';

/** An agent is killed at each step of an update with an artifact: one whole release is current, and the next one finishes it. */

const folder = temporaryFolder();
const PATIENCE_MS = 60_000;

interface Accident {
  call: string;
  path: string;
  when?: 'before' | 'after';
  nth?: number;
}

const SCRIPTS = {
  'update.sh': `#!/bin/sh
[ ! -e kill-first ] || { rm kill-first; kill -9 $PPID; }
[ "$(readlink -f web/current)" = "$BELAY_RELEASE_DIR" ] || { echo 'not current' >&2; exit 9; }
echo "$GENERATION" >>ledger
printf '{"version":"%s","config":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" >running
[ ! -e kill-last ] || { rm kill-last; kill -9 $PPID; }
`,
  'health.sh': `#!/bin/sh
if [ -e kill-health ] && tail -n1 ledger | grep -qx 3; then rm kill-health; kill -9 $PPID; fi
cat running
`,
};

const at = (call: string, path: string, when: 'before' | 'after' = 'before', nth = 1): Accident => ({
  call,
  path,
  when,
  nth,
});
const PART = '\\.part$';
const UNFINISHED = '\\.unfinished/1\\.3\\.0';

const CASES: [string, Accident | 'download' | 'kill-first' | 'kill-last' | 'kill-health'][] = [
  ['before the task is saved', at('rename', 'agent\\.json$')],
  ['when the task is saved', at('rename', 'agent\\.json$', 'after')],
  ['before the download', at('open', PART)],
  ['within the download', 'download'],
  ['when the download is verified', at('createReadStream', PART)],
  ['when the archive is looked through', at('createReadStream', PART, 'before', 2)],
  ['before it is unpacked', at('mkdir', `${UNFINISHED}[^/]*$`)],
  ['when a file is made', at('open', `${UNFINISHED}.*/server$`, 'after')],
  ['when links are made', at('symlink', `${UNFINISHED}.*/link$`)],
  ['when all but the mark is there', at('open', `${UNFINISHED}.*/\\.belay-release\\.json$`)],
  ['when the mark is made', at('open', `${UNFINISHED}.*/\\.belay-release\\.json$`, 'after')],
  ['before the release has its name', at('rename', 'releases/1\\.3\\.0[^/]*$')],
  ['when the release has its name', at('rename', 'releases/1\\.3\\.0[^/]*$', 'after')],
  ['before what is shared is linked', at('symlink', '/shared/log$')],
  ['when a link is on its way', at('symlink', '/shared/log$', 'after')],
  ['when what is shared is linked', at('rename', '/log$', 'after')],
  ['before it is noted that it is begun', at('rename', 'agent\\.json$', 'before', 2)],
  ['when it is noted that it is begun', at('rename', 'agent\\.json$', 'after', 2)],
  ['before the switch', at('symlink', '^releases/1\\.3')],
  ['when the switch is on its way', at('rename', 'web/current$')],
  ['when it is switched', at('rename', 'web/current$', 'after')],
  ['when the order is noted', at('utimes', 'belay-release')],
  ['when the command begins', 'kill-first'],
  ['when the command has done its work', 'kill-last'],
  ['when health is asked', 'kill-health'],
  ['before the end is saved', at('rename', 'agent\\.json$', 'before', 3)],
  ['when the end is saved', at('rename', 'agent\\.json$', 'after', 3)],
  ['before an old release is moved away', at('rename', 'releases/1\\.1\\.0')],
  ['when an old release is moved away', at('rename', 'releases/1\\.1\\.0', 'after')],
];

const archive = (n: number) =>
  tgzOf([
    { path: 'bin/', type: '5' },
    { path: 'bin/server', text: `server ${n} ${'x'.repeat(20_000)}`, mode: 0o755 },
    { path: 'bin/data', text: `data ${n}` },
    { path: 'link', type: '2', link: 'bin/server' },
  ]);
const whole = (n: number) => ({
  bin: 'folder 755',
  'bin/server': `755 server ${n} ${'x'.repeat(20_000)}`,
  'bin/data': `644 data ${n}`,
  link: '-> bin/server',
});
const told = (n: number, artifact: string) => ({
  versions: { codeVersion: `1.${n}.0`, configurationVersion: String(n), artifact },
  generation: n,
  attempt: 1,
});
const ran = (n: number) => (beat: Beat) =>
  beat.code_version === `1.${n}.0` && beat.status === HEALTH.HEALTHY && beat.generation === n;

/** A release's folder, whole; answers which it is. */
function expectWhole(path: string, linked: boolean): number {
  const { '.belay-release.json': mark, log, ...tree } = treeOf(path);
  const n = Number(/"code_version": "1\.(\d)\.0"/.exec(mark ?? '')?.[1]);
  expect(tree).toEqual(whole(n));
  if (linked) expect(log).toBe('-> ../../shared/log');
  return n;
}

let serial = 0;
const places: AgentPlace[] = [];
afterEach(async () => {
  for (const each of places.splice(0)) await each.close();
});

it.each(CASES)(
  '%s',
  async (_, accident) => {
    const here = await AgentPlace.open(join(folder.path, `agent-${serial++}`), {
      install_dir: 'web',
      shared: ['log'],
      keep_releases: 2,
    });
    places.push(here);
    for (const [name, text] of Object.entries(SCRIPTS)) here.script(name, text);
    const digests = [1, 2, 3].map((n) => here.plane.shelf.put(archive(n)));
    const stop = await here.start();
    for (const n of [1, 2]) {
      here.plane.desired = told(n, digests[n - 1]!);
      await here.plane.beat(ran(n));
    }
    await stop();

    here.plane.desired = told(3, digests[2]!);
    if (accident === 'download') here.plane.shelf.stall = 50;
    else if (typeof accident === 'string') here.write(accident, '');
    const before = typeof accident === 'string' ? [] : ['-r', join(__dirname, 'agent-accident.cjs')];
    const agent = startAgentFile(here.dir, { before, env: { ACCIDENT: JSON.stringify(accident) } });
    here.onEnd(async () => void agent.child.kill('SIGKILL'));
    if (accident === 'download') {
      await until('a part', PATIENCE_MS, () => existsSync(here.file(`web/.downloads/${digests[2]!.slice(7)}.part`)));
      agent.child.kill('SIGKILL');
    }
    expect(await agent.ended).toMatchObject({ signal: 'SIGKILL' });

    const current = expectWhole(realpathSync(here.file('web/current')), true);
    expect([2, 3]).toContain(current);
    expect(readlinkSync(here.file('web/current'))).toMatch(/^releases\/1\.\d\.0-\d-[0-9a-f]{12}$/);
    const switched =
      CASES.findIndex(([, each]) => each === accident) >= CASES.findIndex(([name]) => name === 'when it is switched');
    expect(current).toBe(switched ? 3 : 2);
    for (const name of readdirSync(here.file('web/releases'))) expectWhole(here.file(`web/releases/${name}`), false);

    here.plane.shelf.stall = undefined;
    await here.start();
    await here.plane.beat(ran(3));
    await until('that it is tidied up', PATIENCE_MS, () => readdirSync(here.file('web/releases')).length === 2);
    expect(expectWhole(realpathSync(here.file('web/current')), true)).toBe(3);
    const kept = readdirSync(here.file('web/releases')).map((name) =>
      expectWhole(here.file(`web/releases/${name}`), true),
    );
    expect(kept.sort()).toEqual([2, 3]);
    const left = () => treeOf(here.file('web'));
    await until(
      'nothing half done',
      PATIENCE_MS,
      () => !Object.keys(left()).some((path) => path.startsWith('.unfinished/')),
    );
    const at = Object.keys(left()).filter((path) => !path.startsWith('releases/'));
    expect(at.filter((path) => path !== '.unfinished')).toEqual([
      '.agent.lock',
      '.downloads',
      'current',
      'releases',
      'shared',
      'shared/log',
    ]);
    expect(here.ledger().at(-1)).toBe('3');
    rmSync(here.file('web'), { recursive: true });
  },
  PATIENCE_MS,
);
