import { HEALTH } from '../../src/domain';
import { judgeAgent, type AgentGoal, type AgentReport } from '../../src/domain/agent';

const { UNKNOWN, HEALTHY, DEGRADED, FAILED } = HEALTH;
const OLD = { codeVersion: '1.0.0', configurationVersion: '1' };
const NEW = { codeVersion: '1.1.0', configurationVersion: '2' };
const A = { ...NEW, artifact: `sha256:${'a'.repeat(64)}` };
const B = { ...NEW, artifact: `sha256:${'b'.repeat(64)}` };
const GOAL: AgentGoal = {
  versions: NEW,
  health: HEALTHY,
  generation: 7,
  attempt: 2,
  minHealthyMs: 5_000,
  changeMs: 60_000,
  healthMs: 30_000,
};

/** It runs the release since 10 s, healthy, and was told 20 s ago. */
function report(over: Partial<AgentReport> = {}): AgentReport {
  return {
    name: 'web-01',
    health: HEALTHY,
    versions: NEW,
    generation: 7,
    attempt: 2,
    silent: false,
    deleted: false,
    flaps: 0,
    desiredForMs: 20_000,
    versionsForMs: 10_000,
    healthForMs: 10_000,
    seenMsAgo: 500,
    ...over,
  };
}

const before = { versions: OLD, generation: 6, versionsForMs: 900_000, healthForMs: 900_000 };
const long = { desiredForMs: 61_000, versionsForMs: 31_000 };

it.each<[string, AgentReport | undefined, Partial<AgentGoal>, string]>([
  ['healthy on the release for long enough', report(), {}, 'good'],
  ['healthy, and not for long enough yet', report({ healthForMs: 4_999 }), {}, 'waiting'],
  ['healthy since long ago, by one report', report({ seenMsAgo: 10_000 }), {}, 'waiting'],
  ['healthy since long ago, by reports of a short time', report({ seenMsAgo: 5_001 }), {}, 'waiting'],
  ['healthy since long ago, by reports of long enough a time', report({ seenMsAgo: 5_000 }), {}, 'good'],
  ['healthy by one report where that is enough', report({ seenMsAgo: 10_000 }), { minHealthyMs: 0 }, 'good'],
  ['healthy by a report from before it was told', report({ desiredForMs: 499 }), { minHealthyMs: 1 }, 'waiting'],
  [
    'healthy in time by one report, when the time is over before its next one',
    report({ ...long, versionsForMs: 40_000, healthForMs: 35_000, seenMsAgo: 35_000 }),
    {},
    'waiting',
  ],
  [
    'healthy in time, as it said again when the time was over',
    report({ ...long, versionsForMs: 40_000, healthForMs: 35_000 }),
    {},
    'good',
  ],
  [
    'healthy before it was told, by a report of the time since then, when the time is over before its next one',
    report({ desiredForMs: 31_000, versionsForMs: 900_000, healthForMs: 900_000, seenMsAgo: 30_000 }),
    {},
    'waiting',
  ],
  [
    'healthy on the release before it was told, and told just now',
    report({ desiredForMs: 10, versionsForMs: 900_000, healthForMs: 900_000 }),
    {},
    'waiting',
  ],
  ['on the release by somebody older', report({ generation: 6 }), {}, 'waiting'],
  ['as it was', report(before), {}, 'waiting'],
  ['as it was, and failed before it was told', report({ ...before, health: FAILED }), {}, 'waiting'],
  [
    'as it was, for too long',
    report({ ...before, desiredForMs: 60_001 }),
    {},
    'never obeyed: it still reports 1.0.0 / 1, wanted 1.1.0',
  ],
  [
    'obeying, on the old release for too long',
    report({ ...long, versions: OLD, versionsForMs: 900_000 }),
    {},
    'healthy, and still reports 1.0.0 / 1',
  ],
  [
    'obeying, and without any release for too long',
    report({ ...long, versions: undefined } as never),
    {},
    'still reports no version',
  ],
  ['failed at this attempt', report({ health: FAILED, reason: 'no disk' }), {}, 'it reports that it failed: no disk'],
  [
    'failed at this attempt, on the old release',
    report({ health: FAILED, versions: OLD }),
    {},
    'it reports that it failed; it runs 1.0.0 / 1',
  ],
  ['failed at the attempt before', report({ health: FAILED, attempt: 1 }), {}, 'waiting'],
  [
    'failed after it was told, by an agent that tells no attempts',
    report({ health: FAILED, attempt: undefined } as never),
    {},
    'it reports that it failed',
  ],
  [
    'failed before it was told, by an agent that tells no attempts',
    report({ health: FAILED, attempt: undefined, healthForMs: 20_001 } as never),
    {},
    'waiting',
  ],
  ['not well yet', report({ health: DEGRADED }), {}, 'waiting'],
  [
    'not well for too long',
    report({ ...long, health: DEGRADED, reason: 'slow' }),
    {},
    'it is degraded 30s after it reported the versions: slow',
  ],
  [
    'well and then not, until it was too late',
    report({ ...long, health: DEGRADED, flaps: 3 }),
    {},
    'it was healthy and then not 3 times within 30s',
  ],
  ['well too late', report({ ...long, healthForMs: 100 }), {}, 'was healthy for less than 5s when 30s were over'],
  ['silent', report({ silent: true, health: UNKNOWN, seenMsAgo: 31_000 }), {}, 'its heartbeats stopped 31s ago'],
  ['obeying somebody newer', report({ generation: 8 }), {}, 'it obeys generation 8, which is newer than 7'],
  ['unheard of', undefined, {}, 'it is not in the inventory'],
  ['degraded, as it was before', report({ health: DEGRADED }), { health: DEGRADED }, 'good'],
  ['on the release, out of its artifact', report({ versions: A }), { versions: A }, 'good'],
  ['on the release, and does not tell out of what', report(), { versions: A }, 'good'],
  ['on a release that has no artifact, and tells one', report({ versions: A }), {}, 'good'],
  ['on the release, out of another artifact', report({ versions: B }), { versions: A }, 'waiting'],
  [
    'on the release, out of another artifact for too long',
    report({ ...long, desiredForMs: 60_001, versions: B }),
    { versions: A },
    'still reports 1.1.0 / 2 out of sha256:bbbbbbbbbbbb, wanted sha256:aaaaaaaaaaaa',
  ],
  ['back, in whatever condition', report({ health: FAILED }), { health: UNKNOWN, minHealthyMs: 0 }, 'good'],
])('one that is %s', (_, told, goal, verdict) => {
  const { kind, ...rest } = judgeAgent(told, { ...GOAL, ...goal });
  if (verdict === 'good' || verdict === 'waiting') expect({ kind, ...rest }).toEqual({ kind: verdict });
  else expect({ kind, ...rest }).toMatchObject({ kind: 'bad', reason: expect.stringContaining(verdict) });
});

describe('where nobody listens', () => {
  const listened = (sinceMsAgo: number, untilMsAgo: number) => ({ listened: { sinceMsAgo, untilMsAgo } });
  it.each<[string, Partial<AgentReport>, 'waiting' | 'bad']>([
    ['as far as anybody said, it is too late', {}, 'bad'],
    ['until just now, it is not', listened(59_000, 0), 'waiting'],
    ['until a whole time ago, it is too late', listened(61_000, 500), 'bad'],
    ['any more, it is not', listened(900_000, 850_000), 'waiting'],
    ['since before it was told, it is not', listened(2_000_000, 1_000_000), 'waiting'],
  ])('%s', (_, window, kind) => {
    const never = report({ ...before, desiredForMs: 900_000, seenMsAgo: 900_000, ...window });
    expect(judgeAgent(never, GOAL)).toMatchObject({ kind });
    const ages = { desiredForMs: 900_000, versionsForMs: 900_000, healthForMs: 900_000 };
    const ill = report({ ...ages, health: DEGRADED, seenMsAgo: 900_000, ...window });
    expect(judgeAgent(ill, { ...GOAL, healthMs: 60_000 })).toMatchObject({ kind });
  });
});

it('one that an earlier attempt made good has not begun the one that it was told of', () => {
  expect(judgeAgent(report({ attempt: 1 }), GOAL)).toEqual({ kind: 'good', unbegun: true });
  expect(judgeAgent(report({ attempt: 2 }), GOAL)).toEqual({ kind: 'good' });
});

it('one that was taken out of the inventory has left, whatever it said before', () => {
  for (const told of [{}, { silent: true }, { generation: 8 }, { health: FAILED }]) {
    expect(judgeAgent(report({ ...told, deleted: true }), GOAL)).toMatchObject({ kind: 'left' });
  }
});
