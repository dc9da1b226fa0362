import { sampleSize } from '../../src/domain/experiment';
import { experimentOf, experimentSchema } from '../../src/schemas/deployment/experiment';
import { checkWith } from '../../src/schemas/parse-with';

const schema = experimentSchema({});
/** As a document's scalars are: texts. */
const LEAST = { type: 'experiment', metric: 'success_rate', min_effect: '0.5%', expected: '95%', duration: '24h' };
const TIMES = {
  type: 'experiment',
  metric: 'response_time_ms',
  min_effect: '20ms',
  standard_deviation: '120ms',
  duration: '1h',
};
const OWN = { name: 'conversion', hits: "sum(bought{version='{{version}}'})", total: 'sum(visits)' };

function read(value: object) {
  const answer = checkWith(schema, value);
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return experimentOf(answer.value);
}

describe('an experiment', () => {
  it('has the defaults', () => {
    expect(read(LEAST)).toEqual({
      kind: 'experiment',
      share: 50,
      metric: { kind: 'metric', metric: 'success_rate', statistic: 'mean' },
      minEffect: 0.005,
      baselineRate: 0.95,
      significance: 0.05,
      power: 0.8,
      match: [],
      batchSize: { kind: 'percent', percent: 10 },
      durationMs: 86_400_000,
    });
    expect(sampleSize(read(LEAST))).toEqual({ release: 28_408, before: 28_408 });
  });

  it('is of times, with how far they are from their mean', () => {
    const strategy = read({ ...TIMES, share: '10%', power: '90%', significance: '0.01', batch_size: '1' });
    expect(strategy).toMatchObject({ share: 10, minEffect: 20, sd: 120, power: 0.9, significance: 0.01 });
    expect(strategy).not.toHaveProperty('baselineRate');
    expect(sampleSize(strategy)).toEqual({ release: 596, before: 5357 });
  });

  it('is of a share of your own, by two queries', () => {
    const metric = { kind: 'query', ...OWN };
    expect(read({ ...LEAST, metric: OWN, expected: '0.02' })).toMatchObject({
      metric: { ...metric, better: 'higher' },
      baselineRate: 0.02,
    });
    expect(read({ ...LEAST, metric: { ...OWN, better: 'lower' } })).toMatchObject({ metric: { better: 'lower' } });
  });

  it.each<[string, object, string, RegExp]>([
    ['no metric', { ...LEAST, metric: undefined }, 'metric', /is no metric; write one of success_rate, error_rate/],
    ['a metric that there is not', { ...LEAST, metric: 'success' }, 'metric', /is no metric/],
    ['no effect', { ...LEAST, min_effect: undefined }, 'min_effect', /is missing; write the smallest difference/],
    ['an effect of nothing', { ...LEAST, min_effect: '0%' }, 'min_effect', /is "?0%"?; write/],
    ['a bare number above 1', { ...LEAST, min_effect: '5' }, 'min_effect', /write the smallest difference/],
    [
      'a time for a share',
      { ...LEAST, min_effect: '5ms' },
      'min_effect',
      /is a time, and the metric a share; write it like 0.5%/,
    ],
    ['nothing expected', { ...LEAST, expected: undefined }, 'expected', /is needed for a share/],
    ['an effect past 100%', { ...LEAST, min_effect: '6%' }, 'min_effect', /leads past 0% or 100%/],
    [
      'fewer errors than none',
      { ...LEAST, metric: 'error_rate', expected: '1%', min_effect: '2%' },
      'min_effect',
      /leads past/,
    ],
    ['a deviation of a share', { ...LEAST, standard_deviation: '5ms' }, 'standard_deviation', /is of times/],
    [
      'a share for a time',
      { ...TIMES, min_effect: '5%' },
      'min_effect',
      /is a share, and the metric a time; write it like 20ms/,
    ],
    ['no deviation', { ...TIMES, standard_deviation: undefined }, 'standard_deviation', /is needed for a time/],
    ['something expected of a time', { ...TIMES, expected: '5%' }, 'expected', /is of shares/],
    ['everybody on the release', { ...LEAST, share: '100%' }, 'share', /above 0% and below 100%/],
    ['nobody on the release', { ...LEAST, share: '0%' }, 'share', /above 0% and below 100%/],
    ['a power that shows nothing', { ...LEAST, power: '20%' }, 'power', /from 50% to 99.9%/],
    ['no time', { ...LEAST, duration: undefined }, 'duration', /is missing/],
    ['a key that it has not', { ...LEAST, minimum: '1' }, 'minimum', /minimum/],
  ])('is refused with %s', (_, value, field, message) => {
    const answer = checkWith(schema, value);
    expect(answer).toMatchObject({ ok: false, problems: [{ field, message: expect.stringMatching(message) }] });
  });
});
