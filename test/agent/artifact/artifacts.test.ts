import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { HEALTH } from '../../../src/domain';
import { AgentPlace } from '../../support/agent-place';
import { digestOf, tgzOf, type ArchiveEntry } from '../../support/archive';
import { temporaryFolder } from '../../support/files';
import type { Beat } from '../../support/plane';

const folder = temporaryFolder();
const { HEALTHY, FAILED } = HEALTH;
const INSTALL = { install_dir: 'web', shared: ['log'], keep_releases: 3 };

let serial = 0;
let places: AgentPlace[] = [];
afterEach(async () => {
  for (const each of places) await each.close();
  places = [];
});

/** Where releases come in artifacts; the service runs what its folder says. */
async function place(rest: Record<string, unknown> = {}): Promise<AgentPlace> {
  const here = await AgentPlace.open(join(folder.path, `agent-${serial++}`), { ...INSTALL, ...rest });
  places.push(here);
  here.script(
    'update.sh',
    `#!/bin/sh
echo "$GENERATION.$ATTEMPT $PREVIOUS_CODE_VERSION $CODE_VERSION $(basename "$BELAY_RELEASE_DIR")" >>ledger
while [ -e hold ]; do sleep 0.05; done
if [ -e fail ]; then echo 'it does not start' >&2; exit 1; fi
[ -z "$BELAY_RELEASE_DIR" ] || [ "$(readlink -f web/current)" = "$BELAY_RELEASE_DIR" ] || exit 9
printf '{"version":"%s","config":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" >running
`,
  );
  return here;
}

const versionsOf = (n: number) => ({ codeVersion: `1.${n}.0`, configurationVersion: String(n) });
/** The artifact of a release, large enough to break off. */
const archive = (n: number, more: ArchiveEntry[] = []) =>
  tgzOf([{ path: 'server', text: `server ${n}` }, { path: 'noise', text: randomBytes(40_000) }, ...more]);
const told = (n: number, artifact: string, generation = n, attempt = 1) => ({
  versions: { ...versionsOf(n), artifact },
  generation,
  attempt,
});
const ran = (n: number, artifact?: string) => (beat: Beat) =>
  beat.code_version === `1.${n}.0` && beat.status === HEALTHY && beat.generation >= n && beat.artifact === artifact;
const failed = ({ status }: Beat) => status === FAILED;
const server = (here: AgentPlace) => here.read('web/current/server');
const releases = (here: AgentPlace) => readdirSync(here.file('web/releases')).sort();
/** Old ones go once the new one is told. */
const kept = async (here: AgentPlace) => {
  while (releases(here).length > 3) await here.plane.beat(() => true);
  return releases(here);
};
const name = (n: number, digest: string) => `1.${n}.0-${n}-${digest.slice(7, 19)}`;

it('fetches a release as itself, unpacks it, makes it current, and runs the command; and says what it came in', async () => {
  const here = await place();
  const digest = here.plane.shelf.put(archive(1));
  here.plane.desired = told(1, digest);
  await here.start();
  await here.plane.beat(ran(1, digest));
  expect(here.plane.shelf.fetched).toEqual([
    { digest, range: undefined, ifRange: undefined, authorization: 'Bearer secret-1' },
  ]);
  expect(readlinkSync(here.file('web/current'))).toBe(`releases/${name(1, digest)}`);
  expect(server(here)).toBe('server 1');
  expect(here.ledger()).toEqual([`1.1  1.1.0 ${name(1, digest)}`]);
  expect(readdirSync(here.file('web/.downloads'))).toEqual([]);
  expect(readdirSync(here.file('web/.unfinished'))).toEqual([]);
});

it('goes back to a release that it kept without fetching it, and keeps no more than it should', async () => {
  const here = await place();
  await here.start();
  const digests: string[] = [];
  for (const n of [1, 2, 3, 4]) {
    digests[n] = here.plane.shelf.put(archive(n));
    here.plane.desired = told(n, digests[n]);
    await here.plane.beat(ran(n, digests[n]));
    here.write(`web/current/log/${n}`, 'kept');
  }
  const fetched = here.plane.shelf.fetched.length;
  expect(fetched).toBe(4);
  here.plane.desired = told(3, digests[3]!, 5);
  await here.plane.beat(ran(3, digests[3]));
  here.plane.desired = told(4, digests[4]!, 6);
  await here.plane.beat(ran(4, digests[4]));
  expect(here.plane.shelf.fetched).toHaveLength(fetched);
  expect(server(here)).toBe('server 4');
  expect(readdirSync(here.file('web/current/log')).sort()).toEqual(['1', '2', '3', '4']);
  expect(await kept(here)).toEqual([2, 3, 4].map((n) => name(n, digests[n]!)));
  // One that was not kept is fetched again.
  here.plane.desired = told(1, digests[1]!, 7);
  await here.plane.beat(ran(1, digests[1]));
  expect(here.plane.shelf.fetched).toHaveLength(fetched + 1);
  expect(await kept(here)).toEqual([1, 3, 4].map((n) => name(n, digests[n]!)));
});

it('never removes the release before the current one, whatever the clock says', async () => {
  const here = await place({ keep_releases: 2 });
  await here.start();
  const digests: string[] = [];
  const time = jest.spyOn(Date, 'now');
  try {
    for (const n of [1, 2, 3, 4]) {
      digests[n] = here.plane.shelf.put(archive(n));
      time.mockReturnValue(1_800_000_000_000 - n * 86_400_000);
      here.plane.desired = told(n, digests[n]);
      await here.plane.beat(ran(n, digests[n]));
    }
  } finally {
    time.mockRestore();
  }
  here.plane.desired = told(3, digests[3]!, 5);
  await here.plane.beat(ran(3, digests[3]));
  expect(here.plane.shelf.fetched).toHaveLength(4);
});

it('goes on where a download broke off, also after a restart', async () => {
  const here = await place();
  const bytes = archive(1);
  const digest = here.plane.shelf.put(bytes);
  here.plane.shelf.breaks = [1_000, 2_000];
  here.plane.shelf.stall = 5_000;
  here.plane.desired = told(1, digest);
  const stop = await here.start();
  const part = here.file(`web/.downloads/${digest.slice(7)}.part`);
  const { fetched } = here.plane.shelf;
  const from = ({ range }: { range: string | undefined }) => Number(range?.slice('bytes='.length, -1) ?? 0);
  const stalled = () => fetched.length === 3 && readFileSync(part).length === from(fetched[2]!) + 5_000;
  while (!stalled()) await here.plane.beat(() => true);
  await stop();
  const left = readFileSync(part);
  expect(left.equals(bytes.subarray(0, left.length))).toBe(true);
  here.plane.shelf.stall = undefined;
  await here.start();
  await here.plane.beat(ran(1, digest));
  expect(here.plane.shelf.fetched.at(-1)).toMatchObject({ range: `bytes=${left.length}-`, ifRange: `"${digest}"` });
  expect(fetched).toHaveLength(4);
  expect(here.said).toContain('the update to 1.1.0 / 1 (generation 1) was interrupted; finishing it first');
});

describe('what an earlier run left of a download', () => {
  it.each([
    ['is fetched anew where it is damaged', (bytes: Buffer) => Buffer.alloc(bytes.length / 2), ['bytes', undefined]],
    [
      'is fetched anew where it is longer than the artifact',
      (bytes: Buffer) => Buffer.concat([bytes, bytes]),
      ['bytes', undefined],
    ],
    ['is not fetched at all where it is whole', (bytes: Buffer) => bytes, []],
  ])('%s', async (_, left, ranges) => {
    const here = await place();
    const bytes = archive(1);
    const digest = here.plane.shelf.put(bytes);
    mkdirSync(here.file('web/.downloads'), { recursive: true });
    writeFileSync(here.file(`web/.downloads/${digest.slice(7)}.part`), left(bytes));
    // What belongs to nothing is removed.
    writeFileSync(here.file('web/.downloads/other.part'), 'x');
    mkdirSync(here.file('web/.unfinished/half'), { recursive: true });
    here.plane.desired = told(1, digest);
    mkdirSync(here.file('state'));
    here.write('state/agent.json', JSON.stringify({ generation: 1, attempt: 1, task: here.plane.desired }));
    await here.start();
    await here.plane.beat(ran(1, digest));
    expect(here.plane.shelf.fetched.map(({ range }) => range?.slice(0, 5))).toEqual(ranges);
    expect(server(here)).toBe('server 1');
    expect(readdirSync(here.file('web')).sort()).toEqual([
      '.downloads',
      '.unfinished',
      'current',
      'releases',
      'shared',
    ]);
  });
});

describe('an update fails in words, and what runs stays as it is', () => {
  type Prepare = (here: AgentPlace) => void;
  const digest = digestOf(archive(0));
  it.each<[string, Prepare, Record<string, unknown>, string]>([
    ['that is not there', () => {}, {}, 'answered 404 for sha256:'],
    [
      'that is another one',
      ({ plane }) => plane.shelf.put(archive(9), digest),
      {},
      `not ${digest}; it was thrown away`,
    ],
    [
      'that is too large',
      ({ plane }) => plane.shelf.put(Buffer.alloc(5_000), digest),
      { artifact: { max_size: '4KiB' } },
      'has 5000 bytes or more, and artifact.max_size is 4 KiB',
    ],
    [
      'that is too large and does not say so',
      ({ plane }) => {
        plane.shelf.lie = (response) => {
          response.writeHead(200);
          // It never ends.
          const more = () => void (response.destroyed || response.write(Buffer.alloc(1_000), more));
          more();
          return true;
        };
      },
      { artifact: { max_size: '4KiB' } },
      'artifact.max_size is 4 KiB',
    ],
    [
      'that is said to be elsewhere',
      ({ plane }) => {
        plane.shelf.lie = (response) => {
          response.writeHead(302, { location: `http://127.0.0.1:${plane.port}/artifacts/${digest}` }).end();
          return true;
        };
      },
      {},
      'answered 302',
    ],
    [
      'that does not arrive in time',
      ({ plane }) => {
        plane.shelf.put(archive(9), digest);
        plane.shelf.stall = 100;
      },
      { timeouts: { download: '300ms' } },
      'took longer than 300ms (timeouts.download)',
    ],
    [
      'while the place for it says 500',
      ({ plane }) => {
        plane.shelf.lie = (response) => {
          response.writeHead(500).end('oops');
          return true;
        };
      },
      { timeouts: { download: '600ms' } },
      '(timeouts.download): the control plane answered 500',
    ],
    ['with nowhere to unpack it', () => {}, { install_dir: undefined, shared: undefined }, 'has no install_dir'],
    ['where a file is in the way', ({ write }) => write('web', 'a file'), {}, "can't be a folder"],
    [
      'where current is no link',
      (here) => mkdirSync(here.file('web/current'), { recursive: true }),
      {},
      'current is no link',
    ],
  ])('for an artifact %s', async (_, prepare, rest, why) => {
    const here = await place({ ...rest });
    here.write = here.write.bind(here);
    prepare(here);
    here.plane.desired = told(1, digest);
    await here.start();
    expect(await here.plane.beat(failed)).toMatchObject({
      code_version: '1.0.0',
      generation: 1,
      reason: expect.stringContaining(why),
    });
    expect(here.ledger()).toEqual([]);
    // It isn't tried again before somebody asks for that.
    const { length } = here.plane.shelf.fetched;
    await here.plane.beat(failed);
    expect(here.plane.shelf.fetched).toHaveLength(length);
    here.plane.shelf.lie = undefined;
  });
});

describe('taken back from a release', () => {
  const bad = `sha256:${'0'.repeat(64)}`;

  it.each<[string, string[], (here: AgentPlace) => void]>([
    ['that could not be had, leaves a healthy service alone', ['1.1'], () => {}],
    [
      'that could not be had, runs the command where the service is not healthy',
      ['1.1', '3.1'],
      (here) => here.write('ill', ''),
    ],
    [
      'that could not be had, runs the command where the service runs something else',
      ['1.1', '3.1'],
      (here) => here.write('running', '{"version":"0.9.0","config":"1"}'),
    ],
  ])('%s', async (_, ledger, prepare) => {
    const here = await place();
    const digest = here.plane.shelf.put(archive(1));
    here.plane.desired = told(1, digest);
    await here.start();
    await here.plane.beat(ran(1, digest));
    for (const attempt of [1, 2]) {
      here.plane.desired = told(2, bad, 2, attempt);
      await here.plane.beat((beat) => failed(beat) && beat.attempt === attempt);
    }
    prepare(here);
    here.plane.desired = { ...told(1, digest, 3), restore: true };
    const done = () => here.said.some((line) => line.endsWith('(generation 3) is done'));
    await here.plane.beat(() => here.ledger().length === ledger.length && (done() || ledger.length > 1));
    rmSync(here.file('ill'), { force: true });
    await here.plane.beat((beat) => ran(1, digest)(beat) && beat.generation === 3);
    expect(here.ledger().map((line) => line.split(' ')[0])).toEqual(ledger);
  });

  it('that was begun once, runs the command, also where the next attempt could not be begun', async () => {
    const here = await place();
    const digests = [1, 2].map((n) => here.plane.shelf.put(archive(n)));
    here.plane.desired = told(1, digests[0]!);
    const stop = await here.start();
    await here.plane.beat(ran(1, digests[0]));
    here.write('fail', '');
    here.plane.desired = told(2, digests[1]!, 2);
    await here.plane.beat((beat) => failed(beat) && beat.generation === 2);
    rmSync(here.file('fail'));
    here.plane.desired = told(2, bad, 2, 2);
    await here.plane.beat((beat) => failed(beat) && beat.attempt === 2);
    await stop();
    await here.start();
    here.plane.desired = { ...told(1, digests[0]!, 3), restore: true };
    await here.plane.beat((beat) => ran(1, digests[0])(beat) && beat.generation === 3);
    expect(here.ledger().map((line) => line.split(' ')[0])).toEqual(['1.1', '2.1', '3.1']);
  });

  it('runs the command where an agent that did not note it was there before', async () => {
    const here = await place();
    const digest = here.plane.shelf.put(archive(1));
    here.plane.desired = told(1, digest);
    const stop = await here.start();
    await here.plane.beat(ran(1, digest));
    await stop();
    const { untouched, ...older } = JSON.parse(here.read('state/agent.json')) as Record<string, unknown>;
    expect(untouched).toBe(true);
    here.write('state/agent.json', JSON.stringify({ ...older, touched: 1 }));
    here.plane.desired = { ...told(1, digest, 2), restore: true };
    await here.start();
    await here.plane.beat((beat) => ran(1, digest)(beat) && beat.generation === 2);
    expect(here.ledger().map((line) => line.split(' ')[0])).toEqual(['1.1', '2.1']);
  });

  it('runs the command for a new deployment of what it runs', async () => {
    const here = await place();
    const digest = here.plane.shelf.put(archive(1));
    here.plane.desired = told(1, digest);
    await here.start();
    await here.plane.beat(ran(1, digest));
    here.plane.desired = told(2, bad, 2);
    await here.plane.beat((beat) => failed(beat) && beat.generation === 2);
    here.plane.desired = told(1, digest, 3);
    await here.plane.beat((beat) => ran(1, digest)(beat) && beat.generation === 3);
    expect(here.ledger().map((line) => line.split(' ')[0])).toEqual(['1.1', '3.1']);
  });
});

it('fetches nothing for what is older, or is told of the same generation anew', async () => {
  const here = await place();
  const digest = here.plane.shelf.put(archive(2));
  const other = here.plane.shelf.put(archive(1));
  here.plane.desired = told(2, digest);
  const stop = await here.start();
  await here.plane.beat(ran(2, digest));
  for (const restarted of [false, true]) {
    if (restarted) {
      await stop();
      await here.start();
    }
    for (const replayed of [told(1, other), told(1, other, 1, 99), told(1, other, 2), told(2, other)]) {
      here.plane.desired = replayed;
      for (let count = 0; count < 3; count++) await here.plane.beat(ran(2, digest));
    }
  }
  expect(here.plane.shelf.fetched).toHaveLength(1);
  expect(here.ledger()).toHaveLength(1);
});

it('takes no artifact that is none', async () => {
  const here = await place();
  for (const artifact of ['sha256:../../etc/passwd', 'md5:1234', `sha256:${'A'.repeat(64)}`, 5 as never]) {
    here.plane.desired = told(1, artifact);
    const { length } = here.plane.beats;
    await here.start().then(async (stop) => {
      await here.plane.beat(() => here.plane.beats.length > length + 2, length);
      await stop();
    });
  }
  expect(here.plane.shelf.fetched).toEqual([]);
  expect(existsSync(here.file('web'))).toBe(false);
});

it('reports what current points to where the instance itself does not tell', async () => {
  const here = await place({ health: { type: 'command', run: ['true'], interval: '50ms' } });
  const [first, second] = [here.plane.shelf.put(archive(1)), here.plane.shelf.put(archive(2))];
  here.plane.desired = told(1, first);
  const stop = await here.start();
  await here.plane.beat(ran(1, first));
  here.write('fail', '');
  here.plane.desired = told(2, second);
  expect(await here.plane.beat(failed)).toMatchObject({ code_version: '1.2.0', artifact: second, generation: 2 });
  expect(server(here)).toBe('server 2');
  rmSync(here.file('fail'));
  here.plane.desired = told(1, first, 3);
  await here.plane.beat(ran(1, first));
  expect(here.ledger().map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    '1.1  1.1.0',
    '2.1 1.1.0 1.2.0',
    '3.1 1.1.0 1.1.0',
  ]);
  await stop();
  rmSync(here.file('web/current'));
  symlinkSync(`releases/${name(2, second)}`, here.file('web/current'));
  here.plane.desired = undefined;
  await here.start();
  await here.plane.beat(ran(2, second));
});

it('leaves current as it is for a release that comes in no artifact, and says that it runs it', async () => {
  const here = await place({ health: { type: 'command', run: ['true'], interval: '50ms' } });
  const digest = here.plane.shelf.put(archive(1));
  here.plane.desired = told(1, digest);
  await here.start();
  await here.plane.beat(ran(1, digest));
  here.plane.desired = { versions: versionsOf(2), generation: 2, attempt: 1 };
  await here.plane.beat(ran(2));
  expect(server(here)).toBe('server 1');
  expect(here.ledger().at(-1)).toBe('2.1 1.1.0 1.2.0');
});
