import { isQuiet, progressOf, wakeAt, type RolloutPolicy } from '../../../src/domain/rollout';
import {
  blueGreen,
  canary,
  DeliveryHarness,
  features,
  hooks,
  MINUTE,
  S,
  planned,
  shares,
  watching,
} from '../../support/delivery';
import { rolling } from '../../support/plan';

const status = (rollout: DeliveryHarness) => progressOf(rollout.state).status;
const reason = (rollout: DeliveryHarness) => progressOf(rollout.state).reason;
const violated = (rollout: DeliveryHarness) => rollout.verdicts('fail', 'fail', 'fail');

describe('a canary', () => {
  it('comes to all requests by steps: instances first, then their share, and the last instances when it has all', () => {
    const rollout = new DeliveryHarness(10, canary()).carryOn();
    expect(rollout.story).toEqual([
      ...['change 0', 'shift 10', 'change 1,2', 'shift 25', 'change 3,4', 'shift 50', 'change 5,6,7', 'shift 75'],
      ...['shift 100', 'change 8,9', 'settle', 'succeeded'],
    ]);
    expect(rollout.measurements.filter(({ weight }) => weight === 10)).toHaveLength(3);
  });

  it('says where it stands at each step', () => {
    const rollout = new DeliveryHarness(4, canary({ steps: shares(50, 100) })).until('analyze');
    expect(progressOf(rollout.state)).toMatchObject({
      status: 'running',
      trafficPercent: 50,
      step: { index: 3, of: 7, kind: 'analyze' },
      awaiting: { kind: 'analysis' },
    });
    rollout.carryOn();
    expect(progressOf(rollout.state)).toMatchObject({ status: 'succeeded', trafficPercent: 100 });
  });

  it.each([
    [1, ['change 0', 'shift 100', 'settle', 'succeeded']],
    [2, ['change 0', 'shift 100', 'change 1', 'settle', 'succeeded']],
    [4, ['change 0,1', 'shift 50', 'shift 100', 'change 2,3', 'settle', 'succeeded']],
  ])('gives the release of %s all requests in one step, and nobody more than twice the usual', (members, story) => {
    expect(new DeliveryHarness(members, canary({ steps: shares(100) })).carryOn().story).toEqual(story);
  });

  it('says that the release is watched, also where flags came with it', () => {
    const rollout = new DeliveryHarness(4, canary({ steps: shares(100) }, { flags: { new_ui: 25 } })).until('analyze');
    expect(rollout.story).toContain('new_ui 25');
    expect(progressOf(rollout.state).step.summary).toBe('watching the release at 100% of the requests');
  });

  it('leaves out requests where there is no router: instances alone have their share', () => {
    const rollout = new DeliveryHarness(4, canary({ steps: shares(25, 50, 100) }, { traffic: { kind: 'nop' } }));
    expect(progressOf(rollout.good(0).state).trafficPercent).toBe(25);
    rollout.carryOn();
    expect(rollout.story).toEqual(['change 0', 'change 1', 'change 2,3', 'succeeded']);
  });

  it('changes within a batch what a step asks for', () => {
    const batchSize = { kind: 'count', count: 2 } as const;
    const rollout = new DeliveryHarness(6, canary({ steps: shares(50, 100), batchSize })).carryOn();
    expect(rollout.story).toEqual([
      ...['change 0,1', 'change 2', 'shift 50', 'shift 100', 'change 3,4', 'change 5', 'settle', 'succeeded'],
    ]);
  });

  it('keeps one of two as it was until the release has all requests', () => {
    const rollout = new DeliveryHarness(2, canary({ steps: shares(10, 75, 100) })).carryOn();
    expect(rollout.story).toEqual([
      ...['change 0', 'shift 10', 'shift 75', 'shift 100', 'change 1', 'settle', 'succeeded'],
    ]);
  });

  it('that is to have all requests at once has them when all instances but one are there', () => {
    const rollout = new DeliveryHarness(3, canary({ steps: shares(100) })).carryOn();
    expect(rollout.story).toEqual(['change 0,1', 'shift 100', 'change 2', 'settle', 'succeeded']);
  });

  it('of one instance gives it all requests: nobody else is there to have the others', () => {
    const rollout = new DeliveryHarness(1, canary({ steps: shares(10, 50, 100) })).carryOn();
    expect(rollout.story).toEqual(['change 0', 'shift 100', 'settle', 'succeeded']);
  });

  it('changes the only one that is left to change', () => {
    const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
    const rollout = new DeliveryHarness(2, canary({ steps: shares(10, 100) }, { approvals }));
    rollout
      .say({ kind: 'skip', by: 'ada', ordinals: [1] })
      .message('approve')
      .carryOn();
    expect(rollout.story).toEqual(['change 0', 'shift 10', 'shift 100', 'settle', 'succeeded']);
  });

  it('takes another instance where the first one failed within the limit', () => {
    const maxFailures = { kind: 'count', count: 1 } as const;
    const rollout = new DeliveryHarness(10, canary({}, { maxFailures })).bad(0);
    expect(rollout.story).toEqual(['change 0', 'change 1']);
    expect(rollout.carryOn().ended).toBe('completed_with_failures');
  });

  it('gives no requests to a release that runs well nowhere', () => {
    const maxFailures = { kind: 'count', count: 2 } as const;
    const rollout = new DeliveryHarness(2, canary({}, { maxFailures })).bad(0).carryOn();
    expect(rollout.story).toEqual(['change 0', 'restore 0', 'rolled_back']);
    expect(reason(rollout)).toContain('no instance runs the release well');
  });

  it('takes requests from a release that runs well nowhere any more, however many may fail', () => {
    const maxFailures = { kind: 'count', count: 5 } as const;
    const rollout = new DeliveryHarness(10, canary({}, { maxFailures })).until('analyze');
    rollout.feed({ kind: 'degraded', degraded: [{ ordinal: 0, name: 'web-0', reason: 'status 503' }] }).carryOn();
    expect(rollout.since('shift 10')).toEqual(['shift 10', 'shift 0', 'restore 0', 'rolled_back']);
    expect(reason(rollout)).toContain('no instance runs the release well');
  });

  it('tries again, once a person says so, what ran well nowhere', () => {
    const policy = () => canary({}, { maxFailures: { kind: 'count', count: 2 }, onFailure: 'pause' });
    const before = new DeliveryHarness(2, policy()).bad(0).carryOn();
    expect(status(before)).toBe('paused');
    before.say({ kind: 'retry', by: 'ada', ordinals: [] }).message('resume').carryOn();
    expect(before.story.slice(0, 3)).toEqual(['change 0', 'change 0', 'shift 10']);
    const exposed = new DeliveryHarness(10, policy()).until('analyze');
    exposed.feed({ kind: 'degraded', degraded: [{ ordinal: 0, name: 'web-0', reason: 'status 503' }] });
    expect(status(exposed)).toBe('paused');
    exposed.say({ kind: 'retry', by: 'ada', ordinals: [] }).message('resume').carryOn();
    expect(exposed.story.slice(0, 4)).toEqual(['change 0', 'shift 10', 'change 0', 'change 1,2']);
    expect(exposed.ended).toBe('succeeded');
  });

  it('lets testers in before anybody else', () => {
    const match = [{ kind: 'header' as const, name: 'x-canary', value: '1' }];
    const rollout = new DeliveryHarness(4, canary({ steps: shares(25, 100), match })).carryOn();
    expect(rollout.story.slice(0, 3)).toEqual(['change 0', 'shift 0', 'shift 25']);
  });
});

describe('who joins and leaves', () => {
  const read = (more: Partial<DeliveryHarness['nextRead']>): DeliveryHarness['nextRead'] => ({
    kind: 'membership',
    joined: [],
    left: [],
    ...more,
  });

  it('counts for the shares from then on', () => {
    const rollout = new DeliveryHarness(2, canary({ steps: shares(50, 100) }));
    rollout.nextRead = read({ joined: [2, 3].map((ordinal) => ({ ordinal, state: 'pending' as const })) });
    rollout.carryOn();
    expect(rollout.story).toEqual(['change 0', 'shift 50', 'shift 100', 'change 1,2,3', 'settle', 'succeeded']);
  });

  it('late has its turn before the end, too', () => {
    const rollout = new DeliveryHarness(2, canary({ steps: shares(50, 100) })).until('analyze', 2);
    rollout.nextRead = read({ joined: [{ ordinal: 2, state: 'pending' }] });
    rollout.carryOn();
    expect(rollout.since('settle')).toEqual(['settle', 'change 2', 'succeeded']);
  });

  it('leaves the last of what ran before alone: the rest is for the release', () => {
    const rollout = new DeliveryHarness(3, canary({ steps: shares(30, 60, 100) })).until('analyze', 2);
    expect(rollout.changes).toEqual([[0], [1]]);
    rollout.carryOn('shift 100');
    rollout.nextRead = read({ left: [2] });
    rollout.carryOn();
    expect(rollout.ended).toBe('succeeded');
  });
});

describe('what is found wrong', () => {
  it('is stopped as on_failure says; whatever stays as it is keeps its requests', () => {
    const paused = violated(new DeliveryHarness(4, canary({}, { onFailure: 'pause' })).until('analyze'));
    expect([status(paused), paused.story]).toEqual(['paused', ['change 0', 'shift 10']]);
    const aborted = violated(new DeliveryHarness(4, canary({}, { onFailure: 'abort' })).until('analyze'));
    expect(aborted.story).toEqual(['change 0', 'shift 10', 'failed']);
  });

  it('is told with its numbers', () => {
    const rollout = violated(new DeliveryHarness(4, canary()).until('analyze'));
    expect(reason(rollout)).toBe('it was a fail (violation 3 of 3 in a row)');
    expect(progressOf(rollout.state).violations).toHaveLength(3);
  });
});

describe('a shift that fails', () => {
  const failing = (overrides: Parameters<typeof canary>[1] = {}) =>
    new DeliveryHarness(4, canary({ steps: shares(25, 100) }, overrides))
      .carryOn('shift 25')
      .faults('two of two are silent');

  it('is a failure, and what may have come of it is taken back', () => {
    const rollout = failing().carryOn();
    expect(rollout.story).toEqual(['change 0', 'shift 25', 'shift 0', 'restore 0', 'rolled_back']);
    expect(reason(rollout)).toBe('traffic could not be shifted to 25%: two of two are silent');
  });

  it('is tried again by resume where it pauses', () => {
    const rollout = failing({ onFailure: 'pause' });
    expect(status(rollout)).toBe('paused');
    rollout.message('resume');
    expect(rollout.awaited).toBe('shift 25');
    expect(rollout.carryOn().ended).toBe('succeeded');
  });

  it('on the way back holds up nothing, and is tried once more at the end', () => {
    const rollout = violated(new DeliveryHarness(4, canary()).until('analyze')).faults('no route').carryOn();
    expect(rollout.since('shift 0')).toEqual(['shift 0', 'restore 0', 'shift 0', 'rolled_back']);
    expect(reason(rollout)).not.toContain('no route');
  });

  it('is told also where it is a cancellation that took it back', () => {
    const rollout = new DeliveryHarness(4, canary()).until('analyze').feed({ kind: 'cancel_requested' });
    rollout.faults().restored(0).faults('still no route');
    expect([rollout.ended, reason(rollout)]).toEqual(['cancelled', expect.stringContaining('still no route')]);
  });

  it('on the way back, and at the end again, leaves it incomplete', () => {
    const rollout = violated(new DeliveryHarness(4, canary()).until('analyze')).faults('no route').restored(0);
    expect(rollout.awaited).toBe('shift 0');
    rollout.faults('still no route');
    expect(rollout.ended).toBe('rollback_incomplete');
    expect(reason(rollout)).toContain('traffic could not be shifted to 0%: still no route');
    expect(reason(rollout)).not.toContain('shifted to 0%: no route');
  });
});

describe('to make the release what is stable', () => {
  it('pauses when it fails, for all is well but the names, and resume tries again', () => {
    const rollout = new DeliveryHarness(2, canary()).carryOn('settle').faults('no answer');
    expect(status(rollout)).toBe('paused');
    expect(reason(rollout)).toContain('resume it to try again');
    rollout.message('resume');
    expect(rollout.awaited).toBe('settle');
    expect(rollout.carryOn().ended).toBe('succeeded');
  });

  it('is finished before anything goes back: then requests need no shift', () => {
    const rollout = new DeliveryHarness(2, canary()).carryOn('settle').message('rollback');
    expect(rollout.story.at(-1)).toBe('cancel');
    rollout.faults('cancelled').carryOn();
    expect(rollout.since('cancel')).toEqual(['cancel', 'settle', 'restore 1', 'restore 0', 'rolled_back']);
  });
});

describe('a person', () => {
  it.each(['change 1,2', 'shift 25', 'settle'])('aborts at %s: instances and requests stay as they are', (at) => {
    const rollout = new DeliveryHarness(10, canary()).carryOn(at).message('abort');
    expect(rollout.story.at(-1)).toBe('cancel');
    if (at.startsWith('change')) rollout.change('cancelled', [1, 2]);
    else rollout.faults('cancelled');
    expect(rollout.since('cancel')).toEqual(['cancel', 'aborted']);
  });

  it('aborts on the way back, too: what is left stays', () => {
    const rollout = violated(new DeliveryHarness(4, canary()).until('analyze'));
    rollout.message('abort').faults('cancelled');
    expect(rollout.since('shift 0')).toEqual(['shift 0', 'cancel', 'aborted']);
  });

  it('rolls back in the middle of a shift: what it may have done is taken back', () => {
    const rollout = new DeliveryHarness(4, canary({ steps: shares(25, 100) })).carryOn('shift 25').message('rollback');
    rollout.faults('cancelled').carryOn();
    expect(rollout.since('cancel')).toEqual(['cancel', 'shift 0', 'restore 0', 'rolled_back']);
  });
});

describe('pause and resume', () => {
  const steps = [
    { kind: 'hook' as const, hook: 'smoke' },
    { kind: 'traffic' as const, weight: 50 },
    { kind: 'approve' as const, onTimeout: 'pause' as const },
    { kind: 'traffic' as const, weight: 100 },
    { kind: 'bake' as const, forMs: MINUTE },
  ];
  const course = () => new DeliveryHarness(2, canary({ steps }));
  const whole = ['change 0', 'hook smoke', 'shift 50', 'shift 100', 'change 1', 'settle', 'succeeded'];

  it.each(['hook smoke', 'shift 50', 'shift 100', 'change 1', 'settle'])(
    'in the middle of %s do nothing twice',
    (at) => {
      const rollout = course();
      if (['shift 100', 'change 1', 'settle'].includes(at)) rollout.until('approval').message('approve');
      if (rollout.story.at(-1) !== at) rollout.carryOn(at);
      rollout.message('pause').carryOn();
      expect(status(rollout)).toBe('paused');
      rollout.message('resume').carryOn();
      if (status(rollout) === 'awaiting_approval') rollout.message('approve').carryOn();
      expect(rollout.story).toEqual(whole);
    },
  );

  it('begin a wait anew: for a person, for a bake, for an analysis', () => {
    const rollout = course().until('approval').after(MINUTE).message('pause').message('resume');
    expect(progressOf(rollout.state)).toMatchObject({ status: 'awaiting_approval', awaiting: { since: MINUTE } });
    rollout
      .message('approve')
      .until('bake')
      .after(MINUTE / 2)
      .message('pause')
      .message('resume');
    expect(progressOf(rollout.state).awaiting).toMatchObject({
      kind: 'bake',
      since: 1.5 * MINUTE,
      until: 2.5 * MINUTE,
    });
    rollout.carryOn();
    expect(rollout.story).toEqual(whole);
    const watched = new DeliveryHarness(2, canary()).until('analyze').wake().message('pause').message('resume');
    watched.measured('fail');
    expect(progressOf(watched.state).violations).toEqual([]);
  });
});

describe('promote', () => {
  const steps = [
    ...shares(50),
    { kind: 'approve' as const, onTimeout: 'pause' as const },
    { kind: 'bake' as const, forMs: MINUTE },
    ...shares(100),
  ];

  it('ends an analysis and a bake, and only those', () => {
    const rollout = new DeliveryHarness(2, canary({ steps })).until('analyze').message('promote');
    expect(status(rollout)).toBe('awaiting_approval');
    rollout.message('promote');
    expect(status(rollout)).toBe('awaiting_approval');
    rollout.message('approve');
    expect(progressOf(rollout.state).awaiting?.kind).toBe('bake');
    rollout.message('promote');
    expect(rollout.awaited).toBe('shift 100');
  });
});

describe('an approval that nobody gives', () => {
  const asked = (onTimeout: 'pause' | 'reject') => {
    const steps = [...shares(50), { kind: 'approve' as const, timeoutMs: MINUTE, onTimeout }, ...shares(100)];
    return new DeliveryHarness(2, canary({ steps })).until('approval');
  };

  it('pauses, and resume asks once more', () => {
    const rollout = asked('pause').wake();
    expect([status(rollout), reason(rollout)]).toEqual(['paused', 'nobody approved step 4 of 8 in time']);
    rollout.message('resume');
    expect(status(rollout)).toBe('awaiting_approval');
    expect(rollout.message('approve').awaited).toBe('shift 100');
  });

  it('is a rejection', () => {
    const rollout = asked('reject').wake().carryOn();
    expect(rollout.since('shift 50')).toEqual(['shift 50', 'shift 0', 'restore 0', 'rolled_back']);
  });

  it('before a batch lets that batch start, and leaves out no stage', () => {
    const approvals = [{ beforeBatch: 1, onTimeout: 'pause' as const }];
    const rollout = new DeliveryHarness(2, blueGreen({}, { approvals })).message('approve').carryOn();
    expect(rollout.story).toEqual(['change 0,1', 'shift 100', 'succeeded']);
  });

  it('may be rejected by a person', () => {
    expect(asked('pause').message('reject').carryOn().ended).toBe('rolled_back');
  });
});

describe('hooks', () => {
  const ALL = {
    ...{ pre_deploy: true, pre_batch: true, post_batch: true, pre_traffic: true, post_traffic: true },
    ...{ post_deploy: true, pre_rollback: true, post_rollback: true, on_failure: true },
  };

  it('run once for each occasion, each waited for where it is a gate', () => {
    const steps = [...shares(50, 100)];
    const rollout = new DeliveryHarness(2, canary({ steps }, { hooks: hooks(ALL) })).carryOn();
    expect(rollout.story).toEqual([
      ...['hook pre_deploy', 'hook pre_batch', 'change 0', 'hook post_batch'],
      ...['hook pre_traffic', 'shift 50', 'hook post_traffic'],
      ...['hook pre_traffic', 'shift 100', 'hook post_traffic'],
      ...['hook pre_batch', 'change 1', 'hook post_batch', 'settle', 'hook post_deploy', 'succeeded'],
    ]);
  });

  it('run around a way back, too; that of a failure stops nothing', () => {
    const rollout = new DeliveryHarness(4, canary({}, { hooks: hooks({ ...ALL, post_deploy: true }) })).until(
      'analyze',
    );
    violated(rollout);
    expect(rollout.since('hook on_failure')).toEqual(['hook on_failure', 'hook pre_rollback']);
    rollout.carryOn();
    expect(rollout.since('hook on_failure')).toEqual([
      ...['hook on_failure', 'hook pre_rollback', 'shift 0', 'restore 0', 'hook post_rollback', 'rolled_back'],
    ]);
  });

  it('that only inform run beside what comes next', () => {
    const rollout = new DeliveryHarness(2, canary({}, { hooks: hooks({ pre_deploy: false, post_batch: false }) }));
    expect(rollout.story).toEqual(['hook pre_deploy', 'change 0']);
    rollout.good(0);
    expect(rollout.story.slice(2)).toEqual(['hook post_batch', 'shift 10']);
  });

  it.each([
    ['pre_deploy', ['hook pre_deploy', 'rolled_back']],
    ['pre_batch', ['hook pre_batch', 'rolled_back']],
    ['post_batch', ['hook post_batch', 'restore 0', 'rolled_back']],
    ['pre_traffic', ['hook pre_traffic', 'restore 0', 'rolled_back']],
    ['post_traffic', ['hook post_traffic', 'shift 0', 'restore 0', 'rolled_back']],
  ])('that are gates stop it when they fail: %s', (moment, story) => {
    const rollout = new DeliveryHarness(4, canary({}, { hooks: hooks({ [moment]: true }) }));
    if (rollout.awaited === undefined) rollout.carryOn(`hook ${moment}`);
    rollout.faults('exit 1').carryOn();
    expect(rollout.since(`hook ${moment}`)).toEqual(story);
    expect(reason(rollout)).toBe(`the hook ${moment} failed: exit 1`);
  });

  it('run again on resume when they failed', () => {
    const policy = canary({}, { hooks: hooks({ pre_traffic: true }), onFailure: 'pause' });
    const rollout = new DeliveryHarness(4, policy).carryOn('hook pre_traffic').faults('exit 1').message('resume');
    expect(rollout.awaited).toBe('hook pre_traffic');
    rollout.acted();
    expect(rollout.awaited).toBe('shift 10');
  });

  it('of a step stop it likewise, and the step is tried again on resume', () => {
    const steps = [{ kind: 'hook' as const, hook: 'smoke' }, ...shares(50, 100)];
    const rollout = new DeliveryHarness(2, canary({ steps }, { onFailure: 'pause' }))
      .carryOn('hook smoke')
      .faults('exit 1');
    expect([status(rollout), reason(rollout)]).toEqual(['paused', 'the hook smoke failed: exit 1']);
    rollout.message('resume').carryOn();
    expect(rollout.story.slice(0, 4)).toEqual(['change 0', 'hook smoke', 'hook smoke', 'shift 50']);
  });

  it('on the way back that fail are recorded, and leave it incomplete', () => {
    const rollout = violated(
      new DeliveryHarness(4, canary({}, { hooks: hooks({ pre_rollback: true }) })).until('analyze'),
    );
    rollout.faults('exit 1').carryOn();
    expect(rollout.since('hook pre_rollback')).toEqual([
      'hook pre_rollback',
      'shift 0',
      'restore 0',
      'rollback_incomplete',
    ]);
    expect(reason(rollout)).toContain('the hook pre_rollback failed: exit 1');
  });
});

describe('the calendar', () => {
  const windows = [{ days: ['mon' as const], from: 0, to: 60, timeZone: 'UTC' }];
  const closed = (until: number | null) => ({ closed: { until, reason: 'frozen by bea' } });

  it('is asked before the first touch where it has windows', () => {
    const rollout = new DeliveryHarness(2, canary({}, { windows }));
    expect([rollout.awaited, rollout.changes]).toEqual(['calendar', []]);
    rollout.acted(closed(5 * MINUTE));
    expect(progressOf(rollout.state)).toMatchObject({
      status: 'running',
      awaiting: { kind: 'window', since: 0, until: 5 * MINUTE },
    });
    expect(progressOf(rollout.state).step).toMatchObject({ index: 1, of: 16, kind: 'bake', summary: 'frozen by bea' });
    rollout.wake();
    expect([rollout.now, rollout.awaited]).toEqual([MINUTE, 'calendar']);
    rollout.acted();
    expect(rollout.changes).toEqual([[0]]);
  });

  it('holds up batches, shifts and flags, each time that it is closed', () => {
    const policy = canary({ steps: shares(50, 100) }, { windows, flags: { new_ui: 5 } });
    const rollout = new DeliveryHarness(2, policy);
    const held: string[] = [];
    for (let looks = 0; looks < 40 && rollout.ended === undefined; looks++) {
      if (rollout.awaited === 'calendar') {
        const { length } = rollout.story;
        rollout.acted(closed(null)).wake();
        expect(rollout.story.slice(length)).toEqual(['calendar']);
        rollout.acted();
        held.push(...rollout.story.slice(length + 1));
      }
      rollout.step();
    }
    expect(held).toEqual(['change 0', 'shift 50', 'shift 100', 'new_ui 5']);
    expect(rollout.ended).toBe('succeeded');
  });

  it('has everybody looked at who is there by the time that it opens', () => {
    const rollout = new DeliveryHarness(2, planned(rolling(['1']), { windows })).acted(closed(null));
    rollout.nextRead = { kind: 'membership', joined: [{ ordinal: 2, state: 'pending' }], left: [0] };
    rollout.wake();
    expect(rollout.has('read_membership')).toBe(false);
    rollout.acted();
    expect(rollout.changes).toEqual([[1]]);
    rollout.carryOn();
    expect(rollout.changes).toEqual([[1], [2]]);
  });

  it('is asked again after a hook, which may take its time', () => {
    const steps = [...shares(50), { kind: 'hook' as const, hook: 'load' }, ...shares(100)];
    const rollout = new DeliveryHarness(2, canary({ steps }, { windows })).carryOn('hook load');
    expect(rollout.acted().awaited).toBe('calendar');
  });

  it('keeps the deadline standing still while it is closed', () => {
    const timeouts = { instanceMs: MINUTE, healthMs: MINUTE, deploymentMs: 10 * MINUTE };
    const rollout = new DeliveryHarness(2, canary({}, { windows, timeouts }));
    rollout.acted(closed(null));
    for (let looks = 0; looks < 30; looks++) rollout.wake().acted(closed(null));
    rollout.wake().acted();
    expect(rollout.now).toBeGreaterThan(20 * MINUTE);
    expect(status(rollout)).toBe('running');
    expect(rollout.changes).toEqual([[0]]);
  });

  it('lets nobody promote past it', () => {
    const rollout = new DeliveryHarness(2, canary({}, { windows })).acted(closed(null)).message('promote');
    expect(rollout.changes).toEqual([]);
    expect(progressOf(rollout.state).awaiting?.kind).toBe('window');
  });

  it('holds up no way back', () => {
    const rollout = new DeliveryHarness(2, canary({}, { windows })).acted().until('analyze');
    violated(rollout).carryOn();
    expect(rollout.since('shift 0')).toEqual(['shift 0', 'restore 0', 'rolled_back']);
  });
});

it.each([
  ['a canary, before its first share', canary({ steps: [{ kind: 'hook', hook: 'smoke' }, ...shares(100)] }), 0],
  ['blue-green, before the switch', blueGreen({ validate: [{ kind: 'hook', hook: 'smoke' }] }), 0],
  [
    'instances alone',
    blueGreen({ validate: [{ kind: 'hook', hook: 'smoke' }] }, { traffic: { kind: 'nop' } }),
    undefined,
  ],
])('tells a hook of %s what of the requests the release has', (_, policy, weight) => {
  const rollout = new DeliveryHarness(3, policy).carryOn('hook smoke');
  const told = rollout.commands.flatMap((command) =>
    command.kind === 'act' && command.act.kind === 'hook' ? [command.act] : [],
  );
  expect(told[0]?.weight).toBe(weight);
});

it('says what somebody approves', () => {
  const steps = [...shares(50), { kind: 'approve' as const, onTimeout: 'pause' as const }, ...shares(100)];
  const rollout = new DeliveryHarness(2, canary({ steps })).until('approval');
  expect(progressOf(rollout.state).step.summary).toBe(
    'somebody approves what comes next: 100% of the requests to the release',
  );
});

describe('a blue-green deployment', () => {
  it('switches once all of the idle group is changed and validated, and ends when the other was kept long enough', () => {
    const validate = [
      { kind: 'hook' as const, hook: 'smoke' },
      { kind: 'approve' as const, onTimeout: 'pause' as const },
    ];
    const rollout = new DeliveryHarness(3, blueGreen({ validate })).until('approval');
    expect(rollout.story).toEqual(['change 0,1,2', 'hook smoke']);
    rollout.message('approve').until('keep');
    expect(rollout.story.at(-1)).toBe('shift 100');
    expect(progressOf(rollout.state)).toMatchObject({ trafficPercent: 100, awaiting: { kind: 'bake' } });
    expect(rollout.carryOn().ended).toBe('succeeded');
  });

  it.each(['analyze', 'keep'] as const)(
    'switches back at once, and touches no instance, when it is rolled back in %s',
    (at) => {
      const rollout = new DeliveryHarness(3, blueGreen()).until(at).message('rollback').carryOn();
      expect(rollout.since('shift 100')).toEqual(['shift 100', 'shift 0', 'rolled_back']);
    },
  );

  it.each([
    [60, 60, 'as long as is said'],
    [35, 40, 'as long as it is watched'],
  ])('keeps the other group for %ds from the switch on for %ds: %s', (keep, kept) => {
    const rollout = new DeliveryHarness(3, blueGreen({ keepMs: keep * S })).carryOn('shift 100').acted();
    const switched = rollout.now;
    expect(rollout.carryOn().ended).toBe('succeeded');
    expect(rollout.now - switched).toBe(kept * S);
  });

  it('switches back on a violation after the switch', () => {
    const rollout = violated(new DeliveryHarness(3, blueGreen()).until('analyze')).carryOn();
    expect(rollout.since('shift 100')).toEqual(['shift 100', 'shift 0', 'rolled_back']);
    expect(progressOf(rollout.state).rollbackCount).toBe(1);
  });

  it('that can’t be switched back is incomplete', () => {
    const rollout = violated(new DeliveryHarness(3, blueGreen()).until('analyze')).faults('down');
    expect(rollout.awaited).toBe('shift 0');
    rollout.faults('still down');
    expect([rollout.ended, rollout.restores]).toEqual(['rollback_incomplete', []]);
    expect(reason(rollout)).toContain('still down');
  });

  it('ends when a person promotes it after the switch: nothing is left to do', () => {
    for (const at of ['analyze', 'keep'] as const) {
      expect(new DeliveryHarness(3, blueGreen()).until(at).message('promote').ended).toBe('succeeded');
    }
  });

  it('goes on to the switch when a person promotes it before', () => {
    const validate = [{ kind: 'bake' as const, forMs: MINUTE }];
    const rollout = new DeliveryHarness(3, blueGreen({ validate })).until('bake').message('promote');
    expect(rollout.awaited).toBe('shift 100');
  });

  it('switches back, and restores nobody more, when it is rolled back while failed ones are put back', () => {
    const more = { maxFailures: { kind: 'count', count: 1 } as const, failedInstances: 'restore' as const };
    const rollout = new DeliveryHarness(3, blueGreen({}, more)).bad(0).good(1, 2).carryOn('restore 0');
    rollout.message('rollback').restored(0).carryOn();
    expect(rollout.since('restore 0')).toEqual(['restore 0', 'shift 0', 'rolled_back']);
  });

  it('ends no rollback before the generation is drawn that was asked for to restore failed ones', () => {
    const more = { maxFailures: { kind: 'count' as const, count: 1 }, failedInstances: 'restore' as const };
    const rollout = new DeliveryHarness(3, blueGreen({}, more));
    rollout.draws = false;
    rollout.bad(0).good(1, 2).carryOn().message('rollback').acted();
    expect(rollout.story.slice(-2)).toEqual(['shift 100', 'shift 0']);
    expect(rollout.ended).toBeUndefined();
    rollout.feed({ kind: 'generation_drawn', generation: 2 });
    expect(rollout.ended).toBe('rolled_back');
  });

  it('puts the idle group back when it fails before the switch', () => {
    const validate = [{ kind: 'hook' as const, hook: 'smoke' }];
    const rollout = new DeliveryHarness(3, blueGreen({ validate })).carryOn('hook smoke').faults('exit 1').carryOn();
    expect(rollout.since('hook smoke')).toEqual(['hook smoke', 'restore 2,1,0', 'rolled_back']);
  });

  it('switches to no group that runs the release well nowhere', () => {
    const maxFailures = { kind: 'count', count: 9 } as const;
    const rollout = new DeliveryHarness(2, blueGreen({}, { maxFailures })).bad(0, 1).carryOn();
    expect(rollout.story).toEqual(['change 0,1', 'restore 1,0', 'rolled_back']);
  });

  it('takes back what a switch that failed may have done, and touches no instance', () => {
    const rollout = new DeliveryHarness(3, blueGreen()).carryOn('shift 100').faults('one of two is silent').carryOn();
    expect(rollout.since('shift 100')).toEqual(['shift 100', 'shift 0', 'rolled_back']);
  });
});

describe('features', () => {
  const two = (onViolation: 'feature' | 'all', more = {}) =>
    new DeliveryHarness(0, features({ old: 'off', ui: [5, 100], search: [25] }, onViolation, more));

  it('are turned on one change at a time, each watched', () => {
    const rollout = two('feature').carryOn();
    expect(rollout.story).toEqual(['old off', 'ui 5', 'search 25', 'ui 100', 'succeeded']);
    expect(progressOf(rollout.state).features).toEqual({ old: 'off', ui: 100, search: 25 });
  });

  it('that violate are taken back by themselves: the others go on', () => {
    const rollout = violated(two('feature').until('analyze', 2));
    expect(rollout.awaited).toBe('restore ui');
    rollout.carryOn();
    expect(rollout.story).toEqual(['old off', 'ui 5', 'restore ui', 'search 25', 'completed_with_failures']);
    expect(progressOf(rollout.state)).toMatchObject({
      features: { old: 'off', search: 25 },
      failures: [{ instance: 'ui', reason: expect.stringContaining('3 of 3') }],
      reason: expect.stringContaining('ui: '),
    });
  });

  it('that are all taken back leave nothing of it: it is rolled back', () => {
    const rollout = new DeliveryHarness(0, features({ ui: [5], search: [25] }));
    violated(rollout.until('analyze'));
    violated(rollout.acted().until('analyze'));
    expect(rollout.carryOn().ended).toBe('rolled_back');
    expect(rollout.story).toEqual(['ui 5', 'restore ui', 'search 25', 'restore search', 'rolled_back']);
  });

  it('are all taken back where one stands for all', () => {
    const rollout = violated(two('all').until('analyze', 3)).carryOn();
    expect(rollout.story).toEqual(['old off', 'ui 5', 'search 25', 'restore flags', 'rolled_back']);
  });

  it('that can’t be set are a failure', () => {
    const rollout = two('feature').acted().until('analyze').carryOn('ui 5').faults('no database').carryOn();
    expect(rollout.story).toEqual(['old off', 'ui 5', 'restore flags', 'rolled_back']);
    expect(reason(rollout)).toBe('flags could not be set: no database');
  });

  it('that can’t be taken back stop it, and are taken back before it goes on', () => {
    const rollout = violated(two('feature', { onFailure: 'pause' }).until('analyze', 2)).faults('no database');
    expect(status(rollout)).toBe('paused');
    rollout.message('resume');
    expect(rollout.awaited).toBe('restore ui');
    rollout.carryOn();
    expect(rollout.since('restore ui')).toEqual(['restore ui', 'restore ui', 'search 25', 'completed_with_failures']);
  });
});

describe('flags of a release', () => {
  const flags = { new_ui: 25 };

  it('come with the last batch, are judged, and go back before any instance does', () => {
    const policy = planned(rolling(['1']), { flags, analysis: watching() });
    const rollout = new DeliveryHarness(2, policy).until('analyze', 2);
    expect(rollout.story).toEqual(['change 0', 'change 1', 'new_ui 25']);
    violated(rollout).carryOn();
    expect(rollout.since('new_ui 25')).toEqual(['new_ui 25', 'restore flags', 'restore 1', 'restore 0', 'rolled_back']);
  });

  it('come with all requests in a canary', () => {
    const rollout = new DeliveryHarness(2, canary({ steps: shares(50, 100) }, { flags })).carryOn();
    expect(rollout.story).toEqual([
      'change 0',
      'shift 50',
      'shift 100',
      'change 1',
      'new_ui 25',
      'settle',
      'succeeded',
    ]);
  });

  it('come with the switch of a blue-green deployment, and go with it', () => {
    const rollout = new DeliveryHarness(2, blueGreen({}, { flags })).until('analyze').message('rollback').carryOn();
    expect(rollout.since('shift 100')).toEqual(['shift 100', 'new_ui 25', 'shift 0', 'restore flags', 'rolled_back']);
  });
});

describe('a continuation as new changes nothing of it', () => {
  const gates = hooks({ pre_deploy: true, post_batch: true, pre_traffic: true, post_deploy: true, pre_rollback: true });
  const steps = [
    { kind: 'hook' as const, hook: 'smoke' },
    ...shares(50),
    { kind: 'bake' as const, forMs: MINUTE },
    ...shares(100),
  ];
  const table: [string, number, () => RolloutPolicy][] = [
    ['a canary', 4, () => canary({ steps }, { hooks: gates, flags: { new_ui: 5 } })],
    ['a canary without a router', 4, () => canary({ steps }, { traffic: { kind: 'nop' } })],
    ['blue-green', 3, () => blueGreen({ validate: [{ kind: 'hook', hook: 'smoke' }] }, { hooks: gates })],
    ['features', 0, () => features({ ui: [5, 100], search: [25], old: 'off' })],
    ['a rolling one with flags', 3, () => planned(rolling(['1']), { flags: { new_ui: 5 }, hooks: gates })],
  ];

  it.each(table)('%s', (_, members, policy) => {
    const plain = new DeliveryHarness(members, policy()).carryOn();
    const renewed = new DeliveryHarness(members, policy());
    renewed.carryOn(undefined, () => void (isQuiet(renewed.state) && renewed.continueAsNew()));
    expect(renewed.story).toEqual(plain.story);
    expect(renewed.now).toBe(plain.now);
    expect(plain.ended).toBe('succeeded');
  });

  it.each(table)('%s, on its way back', (_, members, policy) => {
    const back = (rollout: DeliveryHarness, each?: () => void) => {
      while (rollout.state.delivery.at < 3 && rollout.ended === undefined && rollout.step());
      if (rollout.ended === undefined) rollout.message('rollback').carryOn(undefined, each);
      return rollout;
    };
    const plain = back(new DeliveryHarness(members, policy()));
    const renewed = new DeliveryHarness(members, policy());
    back(renewed, () => void (isQuiet(renewed.state) && renewed.continueAsNew()));
    expect(renewed.story).toEqual(plain.story);
    expect(wakeAt(renewed.state)).toBeUndefined();
  });
});
