import { progressOf, type RolloutPolicy } from '../../../src/domain/rollout';
import { blueGreen, canary, DeliveryHarness, hooks, shares } from '../../support/delivery';
import { policy } from '../../support/rollout';

/** Groups whose requests are split by routers of their own. */

const groups: NonNullable<RolloutPolicy['groups']> = { names: ['eu', 'us'], ends: [4, 8], bakeMs: 0, approve: false };
const routed = { groups, routed: 'by_group' } as const;
const steps = shares(50, 100);
const NO_ROUTER = { traffic: { kind: 'nop' } } as const;

/** Four instances in each of two groups. */
const inGroups = (policy: RolloutPolicy, more: Partial<RolloutPolicy> = {}) =>
  new DeliveryHarness(8, { ...policy, ...routed, ...more });
const logged = ({ commands }: DeliveryHarness, type: string) =>
  commands.flatMap((each) => (each.kind === 'log' && each.entry.type === type ? [each.entry.reason] : []));
const violated = (rollout: DeliveryHarness) => rollout.verdicts('fail', 'fail', 'fail');

describe('a canary', () => {
  it('comes to all requests of one group, and begins with none in the next', () => {
    const rollout = inGroups(canary({ steps })).carryOn();
    expect(rollout.story).toEqual([
      ...['change 0,1', 'eu: shift 50', 'eu: shift 100', 'change 2,3', 'eu: settle'],
      ...['change 4,5', 'us: shift 50', 'us: shift 100', 'change 6,7', 'us: settle', 'succeeded'],
    ]);
  });

  it('leaves somebody in each group for the other requests until the release has all of that group', () => {
    const rollout = inGroups(canary({ steps: shares(75, 100) })).until('analyze', 3);
    const eu = ['change 0,1', 'eu: shift 50', 'change 2', 'eu: shift 75', 'eu: shift 100', 'change 3', 'eu: settle'];
    expect(rollout.story.slice(0, 7)).toEqual(eu);
    expect(rollout.since('us: shift 50')).toEqual(['us: shift 50', 'change 6', 'us: shift 75']);
  });

  it('shows what the release has of the group that is under way', () => {
    const rollout = inGroups(canary({ steps })).until('analyze', 3);
    expect(progressOf(rollout.state)).toMatchObject({
      trafficPercent: 50,
      step: { summary: 'us: watching the release at 50% of the requests' },
    });
    expect(logged(rollout, 'traffic')).toEqual([
      'eu: the release has 50% of the requests',
      'eu: the release has 100% of the requests',
      'us: the release has 50% of the requests',
    ]);
  });

  it('takes all groups back, each with somebody in service all the time: requests first, the last group first', () => {
    const rollout = violated(inGroups(canary({ steps })).until('analyze', 3)).carryOn();
    expect(rollout.since('us: shift 0')).toEqual([
      'us: shift 0',
      'restore 5,4',
      ...['restore 3,2', 'restore 1,0', 'rolled_back'],
    ]);
    expect(logged(rollout, 'group_goes_back')).toEqual(['eu']);
  });

  it('takes requests away as they can be taken where nobody is left who runs what was before', () => {
    const policy = canary({ steps: [...steps, { kind: 'bake', forMs: 1_000 }] });
    const rollout = inGroups(policy).until('bake', 2).message('rollback').carryOn();
    expect(rollout.since('restore 7,6')).toEqual([
      ...['restore 7,6', 'us: shift 50', 'restore 5,4', 'us: shift 0'],
      ...['restore 3,2', 'restore 1,0', 'rolled_back'],
    ]);
  });

  it('goes on in the group that it was in, and back, in new runs', () => {
    const rollout = inGroups(canary({ steps }));
    rollout.until('analyze', 3);
    rollout.continueAsNew();
    violated(rollout).carryOn(undefined, () => rollout.continueAsNew());
    expect(rollout.story.filter((each) => each.startsWith('restore')).join(' ')).toBe(
      'restore 5,4 restore 3,2 restore 1,0',
    );
    expect(rollout.ended).toBe('rolled_back');
  });

  it('names the group whose requests could not be taken away, and goes on with the others', () => {
    const rollout = violated(inGroups(canary({ steps })).until('analyze', 3))
      .faults('no answer')
      .carryOn('us: shift 0');
    rollout.faults('no answer').carryOn();
    expect(rollout.ended).toBe('rollback_incomplete');
    expect(progressOf(rollout.state).reason).toContain('us: traffic could not be shifted to 0%: no answer');
    expect(rollout.story).toContain('restore 3,2');
  });

  it('runs the hooks of requests in each group', () => {
    const policy = canary({ steps: shares(50) }, { hooks: hooks({ pre_traffic: true }) });
    expect(
      inGroups(policy)
        .carryOn()
        .story.filter((each) => each === 'hook pre_traffic'),
    ).toHaveLength(2);
  });
});

it('one that is retried has its turn with its group', () => {
  const rollout = inGroups(canary({ steps })).until('analyze');
  rollout.say({ kind: 'skip', by: 'ada', ordinals: [7] }).say({ kind: 'retry', by: 'ada', ordinals: [7] });
  rollout.carryOn();
  expect(rollout.story.slice(0, 5)).toEqual([
    'change 0,1',
    'eu: shift 50',
    'eu: shift 100',
    'change 2,3',
    'eu: settle',
  ]);
  expect(rollout.changes.at(-1)).toEqual([6, 7]);
});

describe('each group is judged by its own members', () => {
  const BOTH = ['eu beside what ran before', 'eu', 'us beside what ran before', 'us'];
  const rolling = policy({ sizes: [2], groups, analysis: canary().analysis! });

  it.each<[string, DeliveryHarness, string[]]>([
    ['by a canary behind routers of its own', inGroups(canary({ steps })), BOTH],
    ['by blue-green, whose other side serves nobody', inGroups(blueGreen()), ['eu', 'us']],
    ['by a canary without routers', new DeliveryHarness(8, { ...canary({ steps }, NO_ROUTER), groups }), BOTH],
    ['between batches', new DeliveryHarness(8, rolling), BOTH],
    ['or all by all of them', new DeliveryHarness(8, canary({ steps })), ['all beside what ran before', 'all']],
  ])('%s', (_, rollout, expected) => {
    const asked = rollout
      .carryOn()
      .measurements.map(
        ({ fleetGroup = 'all', compare }) => `${fleetGroup}${compare ? ' beside what ran before' : ''}`,
      );
    expect(asked.filter((each, i) => each !== asked[i - 1])).toEqual(expected);
    expect(rollout.ended).toBe('succeeded');
  });

  it('and not beside who joined late, of whichever group', () => {
    const rollout = new DeliveryHarness(8, rolling).carryOn('change 4,5');
    rollout.nextRead = { kind: 'membership', joined: [{ ordinal: 8, state: 'pending' }], left: [] };
    rollout.carryOn('change 8');
    expect(rollout.measurements.at(-1)).toMatchObject({ fleetGroup: 'us', compare: false });
  });

  it('and not at all where none of them runs the release', () => {
    const rollout = new DeliveryHarness(8, { ...rolling, maxFailures: { kind: 'count', count: 4 } });
    rollout.carryOn('change 4,5').bad(4, 5).bad(6, 7).carryOn();
    expect(rollout.measurements.map(({ fleetGroup }) => fleetGroup)).not.toContain('us');
    expect(rollout.ended).toBe('completed_with_failures');
  });
});

describe('blue-green', () => {
  it('switches one group after the other, and back all that were switched before it touches an instance', () => {
    const rollout = inGroups(blueGreen()).carryOn('us: shift 100');
    expect(rollout.story).toEqual(['change 0,1,2,3', 'eu: shift 100', 'change 4,5,6,7', 'us: shift 100']);
    rollout.acted().message('rollback').carryOn();
    expect(rollout.since('us: shift 0')).toEqual(['us: shift 0', 'eu: shift 0', 'rolled_back']);
  });

  it('switches back what serves before the group that never did is restored', () => {
    const rollout = inGroups(blueGreen()).carryOn('change 4,5,6,7').message('rollback').carryOn();
    expect(rollout.since('cancel')).toEqual(['cancel', 'eu: shift 0', 'restore 7,6,5,4', 'rolled_back']);
  });
});

describe('a rollback of its own', () => {
  it('takes from each group what it has', () => {
    const shared = { groups: { eu: { weight: 0, exposed: 0 }, us: { weight: 50, exposed: 50 } } };
    const policy = { ...canary({ steps }), ...routed };
    const rollout = new DeliveryHarness(8, policy, 'rollback', shared).carryOn();
    const us = ['us: shift 0', 'restore 7,6,5', 'restore 4'];
    expect(rollout.story).toEqual([...us, 'restore 3,2,1', 'restore 0', 'rolled_back']);
  });
});
