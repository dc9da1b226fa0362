import { HEALTH, type DeploymentSpec, type Instance, type Probe } from '../../../src/domain';
import {
  buildPlan,
  excludedNames,
  orderMembers,
  planDifferences,
  planText,
  type PlanInput,
} from '../../../src/domain/plan';
import { routed, watching } from '../../support/delivery';
import { fleetOf, instance, planSpec, rolling, running } from '../../support/plan';

function planOf(spec: DeploymentSpec, instances: Instance[], more: Partial<PlanInput> = {}) {
  return buildPlan({ spec, members: orderMembers(spec, instances), excluded: excludedNames(spec, instances), ...more });
}

const GONE: Probe = { kind: 'unreachable', reason: 'connection refused' };
const batchesOf = (plan: ReturnType<typeof planOf>) =>
  plan.steps.flatMap((step) => (step.kind === 'update' ? [step.instances] : []));

const BLUE_GREEN = {
  kind: 'blue_green' as const,
  slotLabel: 'slot',
  batchSize: { kind: 'percent' as const, percent: 100 },
  validate: [],
  watchMs: 30_000,
};

const COMMAND: DeploymentSpec['driver'] = {
  kind: 'command',
  update: ['./update.sh', 'with space'],
  directory: '/srv',
  env: { TOKEN: 'a-secret' },
  health: {
    kind: 'http',
    path: '/health',
    expectStatus: 200,
    connectTimeoutMs: 2_000,
    timeoutMs: 5_000,
    codeVersion: 'version',
  },
};

describe('the steps', () => {
  it('are batches whose last size repeats; percents are of the targeted, and only changes take places', () => {
    const fleet = fleetOf(10, (i) => (i < 3 ? { versions: running('1.5.0') } : {}));
    const plan = planOf(planSpec({ strategy: rolling(['1', '25%']) }), fleet);
    expect(plan.unchanged).toEqual(['web-01', 'web-02', 'web-03']);
    expect(batchesOf(plan)).toEqual([['web-04'], ['web-05', 'web-06', 'web-07'], ['web-08', 'web-09', 'web-10']]);
    expect(plan.fleet).toMatchObject({ targeted: 10, to_change: 7, unchanged: 3 });
  });

  it('have waits between batches, approvals before them, and a bake after them', () => {
    const spec = planSpec({
      strategy: rolling(['2'], 30_000, 300_000),
      approvals: [{ beforeBatch: 2, timeoutMs: 14_400_000, onTimeout: 'reject' }],
    });
    expect(planOf(spec, fleetOf(4)).steps.map(({ summary }) => summary)).toEqual([
      'batch 1 of 2, 2 instances',
      'wait 30s',
      'somebody approves batch 2: it waits for up to 4h, then it counts as rejected',
      'batch 2 of 2, 2 instances',
      'watch all of them for 5m',
    ]);
  });

  it('are one with a number in flight, in a window', () => {
    const strategy = {
      kind: 'rolling',
      batching: { kind: 'window', size: { kind: 'percent', percent: 50 } },
      bakeMs: 0,
    } as const;
    expect(planOf(planSpec({ strategy }), fleetOf(5)).steps).toMatchObject([
      { kind: 'update', in_flight: 3, batch: 1 },
    ]);
  });

  it('begin with those that are not healthy, then with those that are to be first', () => {
    const spec = planSpec({ strategy: rolling(['1']), selection: { only: [], exclude: [], first: ['web-03'] } });
    const fleet = fleetOf(4, (i) => (i === 3 ? { health: HEALTH.FAILED } : {}));
    const plan = planOf(spec, fleet);
    expect(batchesOf(plan).flat()).toEqual(['web-04', 'web-03', 'web-01', 'web-02']);
    expect(plan.notes).toContain('not healthy now, so they go first: web-04 (failed)');
  });

  it('are none when there is nothing to change', () => {
    const plan = planOf(
      planSpec(),
      fleetOf(2, () => ({ versions: running('1.5.0') })),
    );
    expect(plan.steps).toEqual([]);
    expect(planText(plan)).toContain('nothing: every targeted instance runs this release and is healthy');
    expect(planOf(planSpec({ force: true }), fleetOf(2)).fleet.to_change).toBe(2);
  });
});

describe('what is found', () => {
  const probes = new Map([['web-02', GONE]]);

  it('stands in the way when it is to be reached', () => {
    const plan = planOf(planSpec(), fleetOf(3), { probes });
    expect(plan.refused).toContain("1 of 3 instances can't be reached (web-02); bring them back, or say");
    expect(plan.unreachable).toEqual([{ instance_id: 'web-02', reason: 'connection refused', becomes: 'refused' }]);
  });

  it('is left out, and then not counted', () => {
    const plan = planOf(planSpec({ unreachable: 'exclude' }), fleetOf(3), { probes });
    expect(plan.refused).toBeUndefined();
    expect(plan.fleet).toMatchObject({ targeted: 2, to_change: 2, unreachable: 1 });
    expect(batchesOf(plan).flat()).not.toContain('web-02');
  });

  it('leaves nothing to do when nobody can be reached', () => {
    const plan = planOf(planSpec({ unreachable: 'exclude' }), fleetOf(1), { probes: new Map([['web-01', GONE]]) });
    expect(plan.refused).toContain('none of its instances can be reached');
  });

  it('is tried all the same, first', () => {
    const plan = planOf(planSpec({ unreachable: 'include' }), fleetOf(3), { probes });
    expect(batchesOf(plan)[0]).toEqual(['web-02']);
  });

  it('comes from the probe, else from the records, else from the list', () => {
    const fleet = [instance('a'), instance('b'), instance('c')];
    const healthy = { kind: 'answered', health: HEALTH.HEALTHY } as const;
    const plan = planOf(planSpec(), fleet, {
      probes: new Map<string, Probe>([
        ['a', { ...healthy, codeVersion: '1.3.0' }],
        ['b', healthy],
      ]),
      recorded: new Map([['b', { versions: running('1.5.0'), health: HEALTH.FAILED }]]),
    });
    expect(plan.changes).toEqual([
      {
        from: { code_version: '1.3.0', configuration_version: '11' },
        to: { code_version: '1.5.0', configuration_version: '11' },
        instances: ['a'],
      },
      {
        from: { code_version: '1.4.0', configuration_version: '11' },
        to: { code_version: '1.5.0', configuration_version: '11' },
        instances: ['c'],
      },
    ]);
    expect(plan.unchanged).toEqual(['b']);
  });

  it('is not healthy when nobody says so, but for the simulated driver', () => {
    const unknown = [{ name: 'a', labels: {}, versions: running('1.5.0') }];
    expect(planOf(planSpec(), unknown).unchanged).toEqual(['a']);
    expect(planOf(planSpec({ driver: COMMAND }), unknown).unchanged).toEqual([]);
  });
});

describe('the text', () => {
  it('says all of it', () => {
    const spec = planSpec({
      driver: COMMAND,
      selection: { only: [], exclude: ['web-07'], first: [] },
      maxFailures: { kind: 'percent', percent: 10 },
      strategy: rolling(['1', '10%', '25%'], 30_000, 300_000),
      approvals: [{ beforeBatch: 2, onTimeout: 'pause' }],
      minHealthyMs: 10_000,
      timeouts: { instanceMs: 300_000, healthMs: 60_000, deploymentMs: 60_000 },
    });
    const fleet = fleetOf(24, (i) => ({ labels: { zone: 'a' }, ...(i === 4 ? { versions: running('1.3.0') } : {}) }));
    expect(planText(planOf(spec, fleet))).toBe(`Plan: production/web to 1.5.0 / 11 (code / configuration)
  fleet    /srv/instances.json
           23 instances targeted: 23 to change, 0 unchanged, 1 excluded
  driver   command
  runs     ./update.sh "with space"
           once per instance, without a shell, in /srv
           with INSTANCE_ID, INSTANCE_ADDRESS, CODE_VERSION, CONFIGURATION_VERSION, PREVIOUS_CODE_VERSION, PREVIOUS_CONFIGURATION_VERSION, GENERATION, ATTEMPT, BELAY_ARTIFACT, INSTANCE_LABEL_ZONE, TOKEN
  health   GET /health answers 200 within 5s; versions from version

What changes
  1.4.0 / 11 → 1.5.0 / 11, 22 instances: web-01, web-02, web-03, web-04, web-06, web-08, web-09, web-10, web-11, web-12, web-13, web-14, web-15, web-16, web-17, web-18, web-19, web-20, web-21, web-22 and 2 more
  1.3.0 / 11 → 1.5.0 / 11, 1 instance: web-05
  excluded, 1 instance: web-07

Steps
  batch 1 of 6, 1 instance: web-01
  wait 30s
  somebody approves batch 2: it waits for as long as it takes
  batch 2 of 6, 3 instances: web-02, web-03, web-04
  wait 30s
  batch 3 of 6, 6 instances: web-05, web-06, web-08, web-09, web-10, web-11
  wait 30s
  batch 4 of 6, 6 instances: web-12, web-13, web-14, web-15, web-16, web-17
  wait 30s
  batch 5 of 6, 6 instances: web-18, web-19, web-20, web-21, web-22, web-23
  wait 30s
  batch 6 of 6, 1 instance: web-24
  watch all of them for 5m

Limits
  max failures 10% of 23 instances: 2 may fail, the 3rd trips
  then: nothing new starts, and everything touched goes back to what it ran; instances that fail within the limit are left as they are
  each instance: 3 attempts of 5m, good within 1m
  all of it: 1m, without the time paused, awaiting approval or baking

Time
  at least 8m30s, at most 1h55m48s: 6 rounds × (a change, of which no duration is known yet + 10s healthy) + 7m30s of waits + the time until somebody approves; at most, from the timeouts: 6 rounds in which an instance uses all of 3 attempts of 5m to change and 1m to become good, and the waits

Note
  it can't end within timeouts.deployment, 1m: it needs 3m30s at least`);
  });

  it('says that nothing is changed, at both ends', () => {
    const lines = planText(planOf(planSpec(), fleetOf(1))).split('\n');
    expect([lines[1], lines.at(-1)]).toEqual(Array(2).fill('SIMULATED: NOTHING WAS CHANGED'));
  });

  it('never shows the value of a variable, nor does the document', () => {
    const plan = planOf(planSpec({ driver: COMMAND }), fleetOf(1));
    expect(planText(plan) + JSON.stringify(plan)).not.toContain('a-secret');
    expect(plan.command?.environment).toContain('TOKEN');
  });

  it('shows who runs what where, over ssh', () => {
    const ssh: DeploymentSpec['driver'] = {
      ...COMMAND,
      kind: 'ssh',
      user: 'deploy',
      port: 2222,
      hostLabel: 'ssh_host',
      privateKeyFile: '/keys/deploy',
      knownHostsFile: '~/.ssh/known_hosts',
      connectTimeoutMs: 10_000,
      fenceDirectory: '~/.belay',
      artifactDirectory: '~/.belay/artifacts',
      health: { kind: 'command', run: ['./health.sh'], timeoutMs: 5_000 },
    };
    const plan = planOf(planSpec({ driver: ssh }), fleetOf(1));
    expect(planText(plan)).toContain(`  driver   ssh
  runs     ./update.sh "with space"
           over ssh as deploy, port 2222, on the host of the label ssh_host
           once per instance, without a shell, in /srv
           with INSTANCE_ID, `);
    expect(planText(plan)).toContain('health   ./health.sh on its host ends with 0 within 5s; it tells no versions');
    expect(plan.command).toMatchObject({ ssh: { user: 'deploy', port: 2222, host_label: 'ssh_host' } });
    expect(JSON.stringify(plan)).not.toMatch(/a-secret|keys/);
    const before = planOf(planSpec({ driver: { ...ssh, user: 'root' } }), fleetOf(1));
    expect(planDifferences(before, plan)).toEqual([expect.stringContaining('the command was')]);
  });

  it('stays readable for 10,000 instances, while the document has all of them', () => {
    const plan = planOf(planSpec({ strategy: rolling(['1']) }), fleetOf(10_000));
    const text = planText(plan);
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toContain('and 9,980 more batches');
    expect(batchesOf(plan).flat()).toHaveLength(10_000);
    expect(plan.members).toHaveLength(10_000);
  });

  it('notes that instances run a release out of an artifact, where the new one names none', () => {
    const versions = { codeVersion: '1.0.0', configurationVersion: '1', artifact: `sha256:${'a'.repeat(64)}` };
    const fleet = [{ name: 'a', labels: {}, versions, health: HEALTH.HEALTHY }];
    const agents = planSpec({ driver: { kind: 'agent' } });
    expect(planOf(agents, fleet).notes).toEqual([expect.stringContaining('release.artifact is missing')]);
    const named = { ...agents, release: { ...agents.release, artifact: versions.artifact } };
    expect(planOf(named, fleet).notes).toEqual([]);
  });

  it('notes an approval that nobody will be asked for, and what cannot be brought back', () => {
    const spec = planSpec({ approvals: [{ beforeBatch: 9, onTimeout: 'pause' }] });
    const { notes } = planOf(spec, [{ name: 'a', labels: {} }]);
    expect(notes).toEqual([
      'nobody is asked before batch 9: there is 1 batch',
      "what this one runs is not known, so a rollback can't bring it back: a",
    ]);
  });
});

describe('limits and times', () => {
  it.each([
    [{ kind: 'count', count: 0 }, 'max failures 0: none may fail, the 1st trips'],
    [{ kind: 'count', count: 2 }, 'max failures 2: 2 may fail, the 3rd trips'],
    [{ kind: 'percent', percent: 12 }, 'max failures 12% of 23 instances: 2 may fail, the 3rd trips'],
    [{ kind: 'percent', percent: 50 }, 'max failures 50% of 23 instances: 11 may fail, the 12th trips'],
    [{ kind: 'count', count: 20 }, 'max failures 20: 20 may fail, the 21st trips'],
    [{ kind: 'percent', percent: 100 }, 'max failures 100% of 23 instances: all may fail, and nothing trips'],
  ] as const)('%j is %s', (maxFailures, said) => {
    expect(planOf(planSpec({ maxFailures }), fleetOf(23)).limits.summary).toBe(said);
  });

  it('are known for the simulated driver', () => {
    const { estimate } = planOf(planSpec({ strategy: rolling(['2'], 1_000) }), fleetOf(6));
    expect(estimate).toEqual({
      at_least_ms: 2_600,
      at_most_ms: 2_600,
      how: '3 rounds × 200ms of simulated latency + 2s of waits',
    });
  });

  it('come from what earlier changes took', () => {
    const { estimate } = planOf(planSpec({ driver: COMMAND, minHealthyMs: 1_000 }), fleetOf(1), {
      known: { typicalMs: 4_012, changes: 12 },
    });
    expect(estimate.how).toBe(
      '1 round × (4s for a change + 1s healthy); from the last 12 changes of this service: median 4s',
    );
    expect(estimate.at_least_ms).toBe(5_000);
  });

  it.each<[string, Partial<DeploymentSpec>, number, string]>([
    ['nothing is in front of it that shifts', {}, 30, 'measure it for 30s, every 10s'],
    ['a router is', routed(), 40, '10s later measure it for 30s, every 10s'],
  ])('have what is waited for after a shift where %s', (_, more, seconds, said) => {
    const strategy = {
      kind: 'canary' as const,
      steps: [
        { kind: 'traffic' as const, weight: 100 },
        { kind: 'analyze' as const, forMs: 30_000 },
      ],
      batchSize: { kind: 'percent' as const, percent: 100 },
      match: [],
      rollback: 'instant' as const,
    };
    const { estimate, steps } = planOf(planSpec({ strategy, analysis: watching(), ...more }), fleetOf(1));
    expect(steps.find(({ kind }) => kind === 'analyze')?.summary.startsWith(said)).toBe(true);
    expect(estimate.how).toContain(`${seconds}s of waits`);
  });

  it.each<[string, string[], string]>([
    ['nobody could ask the routers', [], 'all requests go to this group, at once'],
    ['blue serves', ['web-1'], 'all requests go to green, at once'],
  ])('name the group that blue-green brings the requests to where it is known: %s', (_, serving, said) => {
    const strategy = { ...BLUE_GREEN, keepMs: 60_000 };
    const fleet = [instance('web-1', { labels: { slot: 'blue' } }), instance('web-2', { labels: { slot: 'green' } })];
    const { steps } = planOf(planSpec({ strategy, ...routed() }), fleet, {
      foreseen: { refusals: [], serving, notes: [] },
    });
    expect(steps.find(({ kind }) => kind === 'switch')?.summary).toBe(said);
  });

  it('have the time that blue-green keeps the other group, from the switch on', () => {
    const strategy = { ...BLUE_GREEN, keepMs: 60_000 };
    const { estimate } = planOf(planSpec({ strategy, analysis: watching(), ...routed() }), fleetOf(1));
    expect(estimate.how).toContain('1m of waits');
  });

  it.each([
    [176, '180ms'],
    [1_176, '1s200ms'],
    [64_400, '1m4s'],
  ])('claim no more than is known: %d ms is %s', (typicalMs, median) => {
    const { estimate } = planOf(planSpec({ driver: COMMAND }), fleetOf(1), { known: { typicalMs, changes: 1 } });
    expect(estimate.how).toContain(`; from the last change of this service: median ${median}`);
  });

  it('that are only usual make no deadline impossible', () => {
    const spec = planSpec({
      driver: COMMAND,
      timeouts: { instanceMs: 60_000, healthMs: 30_000, deploymentMs: 30_000 },
    });
    const { notes } = planOf(spec, fleetOf(1), { known: { typicalMs: 40_000, changes: 3 } });
    expect(notes.join()).not.toContain('timeouts.deployment');
  });

  it('warn of a deadline that is too near', () => {
    const spec = planSpec({
      minHealthyMs: 20_000,
      timeouts: { instanceMs: 1, healthMs: 30_000, deploymentMs: 30_000 },
      strategy: rolling(['1']),
    });
    expect(planOf(spec, fleetOf(2)).notes).toEqual([
      expect.stringContaining("it can't end within timeouts.deployment, 30s"),
    ]);
  });
});

describe('differences', () => {
  const spec = planSpec();
  const planned = planOf(spec, fleetOf(3));

  it('are none when nothing has changed, also after a trip through a file', () => {
    expect(planDifferences(JSON.parse(JSON.stringify(planned)), planOf(spec, fleetOf(3)))).toEqual([]);
  });

  it.each<[string, DeploymentSpec, Instance[], Partial<PlanInput>, string[]]>([
    [
      'another version',
      spec,
      fleetOf(3, (i) => (i === 2 ? { versions: running('1.5.0') } : {})),
      {},
      ['web-03 ran 1.4.0 / 11 when planned, runs 1.5.0 / 11 now'],
    ],
    [
      'no version',
      spec,
      [...fleetOf(2), { name: 'web-03', labels: {}, health: HEALTH.HEALTHY }],
      {},
      ['web-03 ran 1.4.0 / 11 when planned, runs nothing known now'],
    ],
    [
      'another health',
      spec,
      fleetOf(3, (i) => (i === 0 ? { health: HEALTH.DEGRADED } : {})),
      {},
      ['web-01 was healthy when planned, is degraded now'],
    ],
    ['one more', spec, fleetOf(4), {}, ["web-04 wasn't targeted when planned, is now"]],
    ['one less', spec, fleetOf(2), {}, ["web-03 was targeted when planned, isn't now"]],
    [
      'one away',
      spec,
      fleetOf(3),
      { probes: new Map([['web-02', GONE]]) },
      ["web-02 could be reached when planned, can't be now"],
    ],
    [
      'another release',
      planSpec({ release: running('1.6.0') }),
      fleetOf(3),
      {},
      ['the release was 1.5.0 / 11 when planned, is 1.6.0 / 11 now'],
    ],
    [
      'another limit',
      planSpec({ maxFailures: { kind: 'count', count: 1 } }),
      fleetOf(3),
      {},
      [
        'the limit was max failures 0: none may fail, the 1st trips when planned, is max failures 1: 1 may fail, the 2nd trips now',
      ],
    ],
    [
      'another strategy',
      planSpec({ strategy: rolling(['3']) }),
      fleetOf(3),
      {},
      ['the steps were others when planned: the strategy, the order or the approvals have changed'],
    ],
  ])('tell of %s', (_, changed, fleet, more, expected) => {
    expect(planDifferences(planned, planOf(changed, fleet, more))).toEqual(expected);
  });
});

describe('an experiment', () => {
  const strategy: DeploymentSpec['strategy'] = {
    kind: 'experiment',
    share: 50,
    match: [],
    batchSize: { kind: 'percent', percent: 100 },
    metric: { kind: 'metric', metric: 'success_rate', statistic: 'mean' },
    minEffect: 0.005,
    baselineRate: 0.95,
    significance: 0.05,
    power: 0.8,
    durationMs: 86_400_000,
  };
  const metrics = { kind: 'http', url: 'http://stats', timeoutMs: 1_000 } as const;

  it('says how much it needs to see, and that a person decides', () => {
    const text = planText(planOf(planSpec({ strategy, metrics, traffic: { kind: 'nop' } }), fleetOf(4)));
    expect(text).toContain(`Steps
  batch 1, 2 instances of the first 50%: web-01, web-02
  50% of the instances, and of the requests: nothing is in front of them that splits otherwise
  compare both by success rate, once: when enough was seen, or after 1d
  somebody approves: it waits for as long as it takes
  batch 2, 2 instances of the first 100%: web-03, web-04
  100% of the instances`);
    expect(text).toContain(`Note
  needs 28,408 requests in each group, to show a difference of 0.5 points in a success rate of 95% 80 times in 100`);
  });

  it('in a rehearsal has nothing that it would compare', () => {
    const text = planText(planOf(planSpec({ strategy }), fleetOf(4)));
    expect(text).not.toMatch(/compare|needs/);
  });
});

it('of features speaks of flags alone', () => {
  const strategy: DeploymentSpec['strategy'] = {
    kind: 'feature_flags',
    features: [{ key: 'ui', steps: [5, 100] }],
    onViolation: 'feature',
  };
  const spec = planSpec({ strategy, fleet: { kind: 'none' }, driver: { kind: 'none' } });
  expect(planText(planOf(spec, []))).toBe(`Plan: production/web, flags alone: no instance is changed

Steps
  ui on for 5% of users
  ui on for 100% of users

Limits
  on failure: the feature that violates goes back to what it was, and the others go on

Time
  about 0s: flags are set at once

Note
  nothing judges the features: without analysis the steps follow one another at once`);
});
