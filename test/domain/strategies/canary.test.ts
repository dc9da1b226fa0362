import type { Stage } from '../../../src/domain/rollout/stage';
import type { CanaryStrategy, StrategyStep } from '../../../src/domain/spec';
import { between, canaryCourse } from '../../../src/domain/strategies/canary';
import { shares } from '../../support/delivery';

const match: CanaryStrategy['match'] = [{ kind: 'header', name: 'x-canary', value: '1' }];
const hook: StrategyStep = { kind: 'hook', hook: 'smoke' };
const approve: StrategyStep = { kind: 'approve', onTimeout: 'pause' };

/** `update 10 · traffic 10 · analyze` */
function words(steps: StrategyStep[], more: Partial<CanaryStrategy> = {}, flags?: Record<string, number>): string {
  const batchSize = { kind: 'count', count: 1 } as const;
  const course = canaryCourse(
    { kind: 'canary', steps, batchSize, match: [], rollback: 'instant', ...more },
    true,
    flags,
  );
  return course.map(word).join(' · ');
}

function word(stage: Stage): string {
  switch (stage.kind) {
    case 'update':
      return `update ${stage.percent}`;
    case 'traffic':
      return `traffic ${stage.weight}`;
    case 'hook':
      return stage.hook;
    case 'flag':
      return `${stage.feature} ${stage.percent}`;
    default:
      return stage.kind;
  }
}

it.each<[string, string, string]>([
  [
    'instances come before their share of the requests, and the last of them after it',
    words(shares(10, 50, 100)),
    'update 10 · traffic 10 · analyze · update 50 · traffic 50 · analyze · traffic 100 · update 100 · analyze · settle',
  ],
  [
    'no instance gets more than twice its share: a leap goes by shares in between, which nobody judges',
    words(shares(10, 75, 100)),
    'update 10 · traffic 10 · analyze · update 55 · traffic 55 · update 75 · traffic 75 · analyze · traffic 100 · update 100 · analyze · settle',
  ],
  [
    'a leap to all requests, too',
    words(shares(10, 100)),
    'update 10 · traffic 10 · analyze · update 55 · traffic 55 · traffic 100 · update 100 · analyze · settle',
  ],
  [
    'a hook or an analysis that comes first has instances to look at',
    words([hook, ...shares(25)]),
    'update 25 · smoke · update 25 · traffic 25 · analyze · settle',
  ],
  ['an approval needs none', words([approve, ...shares(25)]), 'approve · update 25 · traffic 25 · analyze · settle'],
  [
    'instances may be changed without any requests for them',
    words([{ kind: 'update', percent: 50 }, { kind: 'analyze', forMs: 1 }, ...shares(100)]),
    'update 50 · analyze · traffic 100 · update 100 · analyze · settle',
  ],
  [
    'all requests at once have instances to go to',
    words(shares(100)),
    'update 50 · traffic 50 · traffic 100 · update 100 · analyze · settle',
  ],
  [
    'testers are let in as soon as there is something to test',
    words([hook, ...shares(50, 100)], { match }),
    'update 50 · traffic 0 · smoke · update 50 · traffic 50 · analyze · traffic 100 · update 100 · analyze · settle',
  ],
  [
    'flags come when all instances run the release, and are judged',
    words(shares(50, 100), {}, { new_ui: 5 }),
    'update 50 · traffic 50 · analyze · traffic 100 · update 100 · new_ui 5 · analyze · settle',
  ],
])('%s', (_, course, expected) => {
  expect(course).toBe(expected);
});

it('a leap never gives an instance more than twice its share of the requests, whatever the steps', () => {
  for (let from = 0; from < 100; from++) {
    for (let to = from + 1; to <= 100; to++) {
      let at = from;
      for (const share of [...between(from, to), to]) {
        // Instances first: those on the old release carry what the others leave them. All requests come before the last.
        if (share < 100) expect((100 - at) / (100 - share)).toBeLessThanOrEqual(2);
        else expect(100 / at).toBeLessThanOrEqual(2);
        at = share;
      }
    }
  }
});
