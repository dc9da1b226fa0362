import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEALTH } from '../../src/domain';
import { AGENT_FILE, startAgentFile } from '../support/agent-file';
import { AgentPlace } from '../support/agent-place';
import { tgzOf } from '../support/archive';
import { temporaryFolder } from '../support/files';
import type { Beat } from '../support/plane';
import { until } from './until';

/** The agent as one file, on a machine that has nothing else of Belay. */

const folder = temporaryFolder();
const PATIENCE_MS = 60_000;
/** What is promised to whoever stops it. */
const PROMISE_MS = 5_000;
const UNIT = join(__dirname, '../../examples/systemd/belay-agent.service');

let serial = 0;
const places: AgentPlace[] = [];
afterEach(async () => {
  for (const each of places.splice(0)) await each.close();
});

async function place(rest: Record<string, unknown> = {}): Promise<AgentPlace> {
  const here = await AgentPlace.open(join(folder.path, `agent-${serial++}`), { install_dir: 'web', ...rest });
  places.push(here);
  return here;
}

function start(here: AgentPlace, options?: Parameters<typeof startAgentFile>[1]) {
  const agent = startAgentFile(here.dir, options);
  here.onEnd(async () => {
    agent.child.kill('SIGKILL');
    await agent.ended;
  });
  return agent;
}

const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const told = (artifact: string) => ({ versions: { ...NEW, artifact }, generation: 7, attempt: 1 });
const ran = ({ code_version, status }: Beat) => code_version === '1.1.0' && status === HEALTH.HEALTHY;
const begun = ({ generation }: Beat) => generation === 7;

it('runs without any packages, and installs a release', async () => {
  const here = await place();
  copyFileSync(AGENT_FILE, here.file('belay-agent.cjs'));
  here.plane.desired = told(here.plane.shelf.put(tgzOf([{ path: 'server', text: 'new' }])));
  const agent = start(here, { file: here.file('belay-agent.cjs') });
  await here.plane.beat(ran);
  expect(here.read('web/current/server')).toBe('new');
  agent.child.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ exit: 0, said: expect.stringContaining('web-03 is registered') });
});

it('holds nothing of the control plane', () => {
  const { inputs } = JSON.parse(readFileSync(AGENT_FILE.replace(/\.cjs$/, '.meta.json'), 'utf8')) as { inputs: object };
  const packages = Object.keys(inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const own = ['undici', 'yaml', 'zod', 'tar', 'minipass', 'minizlib', '@isaacs/fs-minipass', 'chownr', 'yallist'];
  expect([...new Set(packages)].filter((name) => !own.includes(name))).toEqual([]);
  expect(readFileSync(AGENT_FILE).length).toBeLessThan(2 * 1024 * 1024);
});

it('says what is wrong with its command line and its file', async () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [AGENT_FILE, ...args], { cwd: folder.path, encoding: 'utf8' });
  expect(run('--config', 'nope.yaml')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("nope.yaml: doesn't exist"),
  });
  expect(run('--confg')).toMatchObject({ status: 2, stderr: expect.stringContaining('--confg') });
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage') });
});

describe('stopped, it is gone within 5 s, and the next one finishes', () => {
  /** Many files, so that there is time to stop it between two of them. */
  const many = tgzOf(Array.from({ length: 5_000 }, (_, n) => ({ path: `d${n % 50}/f${n}`, text: 'x' })));

  it.each<[string, (here: AgentPlace, digest: string) => Promise<unknown>]>([
    [
      'while it downloads',
      async (here, digest) => {
        here.plane.shelf.stall = 100;
        return () => existsSync(here.file(`web/.downloads/${digest.slice(7)}.part`));
      },
    ],
    [
      'while it unpacks',
      async (here) => () => readdirSync(here.file('web/.unfinished'), { recursive: true }).length > 100,
    ],
    [
      'while a command runs that does not end by itself',
      async (here) => {
        here.write('hold', '');
        here.script('update.sh', here.read('update.sh').replace('#!/bin/sh\n', "#!/bin/sh\ntrap '' TERM\n"));
        return () => here.ledger().length > 0;
      },
    ],
  ])(
    '%s',
    async (_, prepare) => {
      const here = await place();
      const digest = here.plane.shelf.put(many);
      here.plane.desired = told(digest);
      const isThere = (await prepare(here, digest)) as () => boolean;
      const agent = start(here);
      await until('the moment', PATIENCE_MS, () => {
        try {
          return isThere();
        } catch {
          return false;
        }
      });
      const since = performance.now();
      agent.child.kill('SIGTERM');
      expect(await agent.ended).toMatchObject({ exit: 0 });
      expect(performance.now() - since).toBeLessThan(PROMISE_MS);
      expect(here.state()).toMatchObject({ generation: 7, task: { versions: NEW } });
      here.plane.shelf.stall = undefined;
      if (existsSync(here.file('hold'))) execFileSync('rm', [here.file('hold')]);
      start(here);
      await here.plane.beat(ran);
      expect(readdirSync(here.file('web/current/d0'))).toHaveLength(100);
    },
    PATIENCE_MS,
  );
});

/** A small disk of its own, which goes away with the process; not everybody may have one. */
const mounts = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
(mounts ? it : it.skip).each([
  ['is full', 'mount -t tmpfs -o size=1m none web', 'there is no space left in'],
  ['is read-only', 'mount -t tmpfs -o ro none web', 'is read-only'],
])('leaves what runs as it is when the disk %s', async (_, mount, why) => {
  const here = await place();
  mkdirSync(here.file('web'));
  const bytes = tgzOf([{ path: 'zeros', text: Buffer.alloc(4 * 1024 * 1024) }]);
  here.plane.desired = told(here.plane.shelf.put(bytes));
  const script = `${mount} && exec "$0" "$@"`;
  const agent = startAgentFile(here.dir, { shell: ['unshare', '-rm', 'sh', '-c', script] });
  here.onEnd(async () => {
    agent.child.kill('SIGKILL');
    await agent.ended;
  });
  const beat = await here.plane.beat((each) => begun(each) && each.status === HEALTH.FAILED);
  expect(beat).toMatchObject({ code_version: '1.0.0', reason: expect.stringContaining(why) });
  expect(here.ledger()).toEqual([]);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
(hasSystemd ? it : it.skip)('has a unit that systemd takes', () => {
  const unit = join(folder.path, 'belay-agent.service');
  // Node may be elsewhere here.
  writeFileSync(unit, readFileSync(UNIT, 'utf8').replace('/usr/bin/node', process.execPath));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  expect([status, stderr.split('\n').filter((line) => line.includes('belay-agent'))]).toEqual([0, []]);
});
