import type { Reading } from '../../../src/domain/analysis';
import { experimentFinding, shownIn } from '../../../src/domain/experiment';
import { design } from './design';

const share = (hits: number, total: number): Reading => ({
  kind: 'measured',
  value: hits / total,
  samples: total,
  share: { hits, total },
});
const NOTHING: Reading = { kind: 'nothing', why: 'no request was counted in that time' };

it('before the sample is there says how much was seen, and not what', () => {
  const finding = experimentFinding(share(400, 2_000), share(100, 2_000), design(), false);
  expect(finding).toEqual({
    check: 'conversion, compared',
    kind: 'inconclusive',
    text: 'conversion: 2,000 of 3,841 of the release and 2,000 of 3,841 of what ran before so far',
    experiment: {},
  });
  expect(shownIn([finding])).toEqual({ text: finding.text });
});

it.each([
  ['better', 'pass', share(480, 4_000), share(400, 4_000)],
  ['worse', 'fail', share(400, 4_000), share(480, 4_000)],
  ['no difference shown', 'inconclusive', share(400, 4_000), share(400, 4_000)],
] as const)('concludes once it is: %s', (conclusion, kind, release, before) => {
  const finding = experimentFinding(release, before, design(), false);
  expect(finding).toMatchObject({ kind, value: expect.any(Number), before: expect.any(Number) });
  expect(shownIn([finding])).toEqual({ conclusion, text: finding.text });
});

it('is inconclusive when the time is over and too little was seen', () => {
  expect(experimentFinding(share(40, 400), share(40, 400), design(), true).experiment).toEqual({
    conclusion: 'inconclusive',
  });
});

it.each([
  [NOTHING, share(1, 10)],
  [share(1, 10), NOTHING],
])('says why nothing is seen of one', (release, before) => {
  expect(experimentFinding(release, before, design(), false)).toMatchObject({
    kind: 'no_data',
    text: expect.stringContaining('(no request was counted in that time)'),
  });
  expect(experimentFinding(release, before, design(), true).experiment.conclusion).toBe('inconclusive');
});

it('of other measurements shows nothing', () => {
  expect(shownIn([{ check: 'error rate', kind: 'pass', text: '' }])).toBeUndefined();
});
