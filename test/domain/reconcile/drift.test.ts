import { HEALTH, type Versions } from '../../../src/domain';
import { verdictOf, type Circumstances, type Episode, type FleetInstance } from '../../../src/domain/reconcile';

const OLD: Versions = { codeVersion: '1.0.0', configurationVersion: '1' };
const OLDER: Versions = { codeVersion: '0.9.0', configurationVersion: '1' };
const NEW: Versions = { codeVersion: '1.1.0', configurationVersion: '2' };
const at = (minutes: number) => new Date(60_000 * minutes);

const instance = (differs: Partial<FleetInstance> = {}): FleetInstance => ({
  name: 'web-03',
  health: HEALTH.HEALTHY,
  silent: false,
  versions: OLD,
  enrolledAt: at(0),
  isHeld: false,
  isKnown: true,
  episodes: [],
  ...differs,
});
/** A repair that failed. */
const repair = (differs: Partial<Episode> = {}): Episode => ({
  id: 'production/web/8',
  kind: 'reconcile',
  status: 'rolled_back',
  superseded: false,
  endedAt: at(10),
  touched: true,
  result: 'failed',
  reason: 'no space left',
  versions: OLD,
  ...differs,
});
const verdict = (differs: Partial<FleetInstance>, circumstances: Partial<Circumstances> = {}) => {
  const { kind, will } = verdictOf(instance(differs), { desired: NEW, mode: 'repair', ...circumstances }) ?? {};
  return kind === undefined ? 'nothing to say' : `${kind}: ${will}`;
};

describe('an instance', () => {
  it.each<[string, Partial<FleetInstance>, string]>([
    ['that runs it', { versions: NEW }, 'nothing to say'],
    ['that runs it and is not well', { versions: NEW, health: HEALTH.FAILED }, 'nothing to say'],
    ['of which only the configuration differs', { versions: { ...NEW, configurationVersion: '1' } }, 'drifted: repair'],
    [
      'that runs nothing yet',
      { versions: undefined as never, isKnown: false, health: HEALTH.FAILED },
      'newcomer: bring',
    ],
    ['that has not said how it is', { health: HEALTH.UNKNOWN }, 'nothing to say'],
    ['that is silent', { silent: true, health: HEALTH.UNKNOWN }, 'silent: nothing'],
    ['that is silent, whatever it ran', { silent: true, versions: NEW }, 'silent: nothing'],
    ['that a deployment has', { isHeld: true }, 'nothing to say'],
    ['that nobody ever deployed to', { isKnown: false }, 'newcomer: bring'],
    ['that somebody deployed to', {}, 'drifted: repair'],
  ])('%s', (_, differs, expected) => expect(verdict(differs)).toBe(expected));

  it.each<[Circumstances['mode'], string, string]>([
    ['off', 'newcomer: nothing', 'drifted: nothing'],
    ['report', 'newcomer: bring', 'drifted: nothing'],
    ['repair', 'newcomer: bring', 'drifted: repair'],
  ])('by the mode %s', (mode, newcomer, drifted) => {
    expect(verdict({ isKnown: false }, { mode })).toBe(newcomer);
    expect(verdict({}, { mode })).toBe(drifted);
  });

  it('waits for what is in the way, and says for what', () => {
    expect(verdictOf(instance(), { desired: NEW, mode: 'repair', obstacle: 'bob froze it' })).toEqual({
      kind: 'drifted',
      will: 'wait',
      reason: 'bob froze it',
    });
    expect(verdict({}, { mode: 'report', obstacle: 'bob froze it' })).toBe('drifted: nothing');
  });
});

describe('after a repair', () => {
  it.each<[string, Partial<FleetInstance>, string]>([
    ['that failed', { episodes: [repair()] }, 'repair_failed: nothing'],
    ['that failed at a newcomer', { episodes: [repair()], isKnown: false }, 'repair_failed: nothing'],
    ['that failed, when it reports something else since', { versions: OLDER, episodes: [repair()] }, 'drifted: repair'],
    ['that failed, when it registered since', { enrolledAt: at(11), episodes: [repair()] }, 'drifted: repair'],
    [
      'that failed thrice, whatever it reports',
      { versions: OLDER, episodes: [1, 2, 3].map(() => repair()) },
      'repair_failed: nothing',
    ],
    ['that was taken back because of others', { episodes: [repair({ result: 'good' })] }, 'repair_failed: nothing'],
    [
      'that never came to it',
      { episodes: [repair({ touched: false, result: undefined as never })] },
      'drifted: repair',
    ],
    ['that a person stopped', { episodes: [repair({ status: 'aborted', touched: false })] }, 'repair_failed: nothing'],
    ['that made way', { episodes: [repair({ status: 'aborted', superseded: true })] }, 'drifted: repair'],
    [
      'that is in flight',
      { episodes: [repair({ status: 'running', endedAt: undefined as never })] },
      'drifted: repair',
    ],
    [
      'that brought it, when it drifts',
      { isKnown: false, episodes: [repair({ status: 'succeeded', result: 'good' })] },
      'drifted: repair',
    ],
  ])('%s', (_, differs, expected) => expect(verdict(differs)).toBe(expected));

  it('says why it is not tried again', () => {
    expect(verdictOf(instance({ episodes: [repair()] }), { desired: NEW, mode: 'repair' })?.reason).toBe(
      'production/web/8: no space left; `belay retry production/web/8` tries it again',
    );
    const stopped = repair({ status: 'aborted', touched: false });
    expect(verdictOf(instance({ episodes: [stopped] }), { desired: NEW, mode: 'repair' })?.reason).toBe(
      'production/web/8 was aborted',
    );
  });

  it('forgets what failed before a person had it by name, and counts what fails after that', () => {
    const canary = repair({ id: 'production/web/9', kind: 'deploy', status: 'aborted', reason: 'stopped' });
    const [before, after] = [repair(), repair({ id: 'production/web/10' })];
    expect(verdict({ episodes: [before, canary] })).toBe('drifted: nothing');
    expect(verdict({ episodes: [before, canary, after] })).toBe('repair_failed: nothing');
  });

  it('leaves alone what a person deployed to by name since', () => {
    const canary = repair({ id: 'production/web/9', kind: 'deploy', status: 'succeeded', result: 'good' });
    expect(verdictOf(instance({ episodes: [canary] }), { desired: NEW, mode: 'repair' })).toEqual({
      kind: 'drifted',
      will: 'nothing',
      reason: 'production/web/9 had it by name: that is left as it is',
    });
  });
});
