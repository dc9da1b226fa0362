import { chartOf, chartSvg } from '../../../src/cli/render/chart';
import type { ChartData, ChartPoint, Panel } from '../../../src/cli/render/chart/data';
import { NO_EXPOSURE, type ExposureDocument } from '../../../src/control/exposure';
import { VERDICTS, type VerdictKind } from '../../../src/domain/analysis';
import { statusDocument } from '../../support/cli';
import { elementsOf, parseXml, type XmlElement } from '../../support/xml';

const MINUTE = 60_000;

const point = (minutes: number, value: number | undefined, verdict: VerdictKind = 'pass'): ChartPoint => ({
  at: minutes * MINUTE,
  verdict,
  ...(value === undefined ? {} : { value: { low: value, mid: value, high: value } }),
});
const panel = (points: ChartPoint[], overrides: Partial<Panel> = {}): Panel => ({
  name: 'error rate',
  unit: '%',
  limits: [{ kind: 'most', value: 5 }],
  points,
  before: [],
  ...overrides,
});
const chart = (overrides: Partial<ChartData> = {}): XmlElement =>
  parseXml(
    chartSvg({ title: 'web', from: 0, until: 60 * MINUTE, weights: [], features: [], panels: [], ...overrides }),
  );

const texts = (svg: XmlElement) => elementsOf(svg, 'text').map(({ text }) => text);
const lines = (svg: XmlElement, kind: string) =>
  elementsOf(svg).filter((each) => each.attributes['data-line'] === kind);
/** How often each verdict is marked in the panels; the legend has each once. */
const marks = (svg: XmlElement) =>
  VERDICTS.map((kind) => elementsOf(svg).filter((each) => each.attributes['data-verdict'] === kind).length - 1);
function expectIn(place: number, size: number) {
  expect(place).toBeGreaterThanOrEqual(0);
  expect(place).toBeLessThanOrEqual(size);
}

/** Everything is drawn within the picture, at places that are numbers. */
function expectWithin(svg: XmlElement) {
  const [, , width = 0, height = 0] = svg.attributes.viewBox!.split(' ').map(Number);
  for (const { attributes } of elementsOf(svg)) {
    const { d = '', x, y, x1, x2, y1, y2, cx, cy } = attributes;
    expect(d).toMatch(/^([MLHVZ]|-?\d+(\.\d)?| )*$/);
    for (const across of [x, x1, x2, cx]) if (across !== undefined) expectIn(Number(across), width);
    for (const down of [y, y1, y2, cy]) if (down !== undefined) expectIn(Number(down), height);
    for (const [, move = '', right, down] of d.matchAll(/([MLHV])(-?[\d.]+)(?: (-?[\d.]+))?/g)) {
      const [across, below] = move === 'V' ? [undefined, right] : [right, down];
      if (across !== undefined) expectIn(Number(across), width);
      if (below !== undefined) expectIn(Number(below), height);
    }
  }
}

it.each<[string, Partial<ChartData>, { marked?: number[]; says?: string[] }]>([
  ['nothing at all', {}, { says: ['no shift of requests is recorded'] }],
  ['no time', { until: 0 }, { says: ['0'] }],
  [
    'a check without data',
    { panels: [panel([])] },
    { marked: [0, 0, 0, 0], says: ['nothing was measured', 'at most 5%'] },
  ],
  ['one point', { panels: [panel([point(1, 2)])] }, { marked: [1, 0, 0, 0] }],
  ['one point at no time', { until: 0, panels: [panel([point(0, 2)])] }, { marked: [1, 0, 0, 0] }],
  [
    'nothing but gaps',
    { panels: [panel([point(1, undefined, 'no_data'), point(2, undefined, 'fail')])] },
    { marked: [0, 0, 1, 1] },
  ],
  ['zeros', { panels: [panel([point(1, 0), point(2, 0)], { limits: [] })] }, { marked: [2, 0, 0, 0] }],
  ['the same ever', { panels: [panel([point(1, 7), point(2, 7)], { limits: [] })] }, {}],
  ['less than nothing', { panels: [panel([point(1, -7), point(2, 3)], { limits: [] })] }, { says: ['-5%'] }],
  ['huge numbers', { panels: [panel([point(1, 1e300)], { limits: [] })] }, {}],
  ['tiny numbers', { panels: [panel([point(1, 1e-9), point(2, 3e-9)], { limits: [] })] }, {}],
  ['a year', { until: 365 * 24 * 60 * MINUTE, panels: [panel([point(10_000, 1)])] }, { says: ['0', '46 d'] }],
  ['a fifth of a second', { until: 200 }, { says: ['0', '100 ms', '200 ms'] }],
  [
    'both limits',
    {
      panels: [
        panel([point(1, 7)], {
          unit: 'ms',
          limits: [
            { kind: 'most', value: 9 },
            { kind: 'least', value: 1 },
          ],
        }),
      ],
    },
    { says: ['at most 9 ms', 'at least 1 ms'] },
  ],
  [
    'text that is markup',
    { title: '<b>"1.5.0" & \u0007\ud800</b>', panels: [panel([], { name: 'a < b & "c"' })] },
    { says: ['a < b & "c"', '<b>"1.5.0" & \ufffd\ufffd</b>'] },
  ],
])('draws %s', (_, data, { marked, says = [] }) => {
  const svg = chart(data);
  expectWithin(svg);
  if (marked !== undefined) expect(marks(svg)).toEqual(marked);
  for (const text of says) expect(texts(svg)).toContain(text);
});

it('draws 10,000 points as what can be told apart, quickly, and hides no violation', () => {
  const points = Array.from({ length: 10_000 }, (_, n) =>
    point(n / 200, n === 5_000 ? 9 : 1 + (n % 7) / 7, n === 5_000 ? 'fail' : 'pass'),
  );
  const text = chartSvg({
    title: 'web',
    from: 0,
    until: 50 * MINUTE,
    weights: [],
    features: [],
    panels: [panel(points)],
  });
  expect(text.length).toBeLessThan(40_000);
  const svg = parseXml(text);
  expectWithin(svg);
  expect(marks(svg)).toEqual([0, 0, 0, 1]);
  expect(elementsOf(svg, 'title').map((each) => each.text)).toContainEqual(
    expect.stringContaining('violation after 25 min'),
  );
});

it('is for those, too, who see no colours, or no picture', () => {
  const each = VERDICTS.map((kind, n) => point(n + 1, 2, kind));
  const svg = chart({ panels: [panel(each)], weights: [{ points: [{ at: 0, percent: 25 }] }] });
  expect(marks(svg)).toEqual([1, 1, 1, 1]);
  const shapes = VERDICTS.map((kind) => elementsOf(svg).find(({ attributes }) => attributes['data-verdict'] === kind)!);
  // The cross is two open strokes, the diamond a closed one.
  const shape = ({ name, attributes: { d = '' } }: XmlElement) => `${name} ${d.replaceAll(/[^MLZ]/g, '')}`;
  expect(new Set(shapes.map(shape)).size).toBe(VERDICTS.length);
  expect(svg.attributes).toMatchObject({ role: 'img', 'aria-labelledby': 'title description' });
  const [title] = elementsOf(svg, 'title').filter(({ attributes }) => attributes.id === 'title');
  const [description] = elementsOf(svg, 'desc').filter(({ attributes }) => attributes.id === 'description');
  expect(title?.text).toBe('web');
  expect(description?.text).toBe(
    "Over 1 h. The release's share of the requests: 25%. error rate: from 2% to 2%, at most 5% is allowed, 1 violation.",
  );
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['%', 'time since 1970-01-01 00:00 UTC', 'pass', 'violation', 'limit']),
  );
});

it('draws the share of requests in steps that hold until the next', () => {
  const points = [10, 50, 0].map((percent, n) => ({ at: (n + 1) * 15 * MINUTE, percent }));
  const [line] = lines(chart({ weights: [{ points }] }), 'weight');
  // Nothing is slanted, and it ends where the picture does.
  expect(line?.attributes.d).toMatch(/^M84 \d+(H[\d.]+V[\d.]+){3}H876$/);
});

describe('where features are turned on', () => {
  const features = ['new_ui', 'search'].map((name, n) => ({
    name,
    points: [0, 5, 100].map((percent, step) => ({ at: (step * 2 + n) * 10 * MINUTE, percent })),
  }));

  it('draws the percent of users of each, with its name, in a look of its own', () => {
    const svg = chart({ features });
    expectWithin(svg);
    const drawn = lines(svg, 'feature');
    expect(drawn.map(({ attributes }) => attributes.d)).toEqual([
      expect.stringMatching(/^M84 \d+(H[\d.]+V[\d.]+){3}H876$/),
      expect.stringMatching(/^M84 \d+(H[\d.]+V[\d.]+){3}H876$/),
    ]);
    expect(new Set(drawn.map(({ attributes }) => attributes['stroke-dasharray'])).size).toBe(2);
    expect(texts(svg)).toEqual(expect.arrayContaining(['users that a feature is on for', 'new_ui', 'search']));
    expect(elementsOf(svg, 'desc')[0]?.text).toContain('Users that new_ui is on for: 0%, 5%, 100%.');
  });

  it.each<[string, Partial<ChartData>, { weight: boolean; feature: boolean }]>([
    ['flags alone', { features }, { weight: false, feature: true }],
    [
      'a release with flags',
      { features, weights: [{ points: [{ at: 0, percent: 5 }] }] },
      { weight: true, feature: true },
    ],
  ])('has panels for what %s change', (_, data, { weight, feature }) => {
    const svg = chart(data);
    expect(texts(svg).includes('requests that the release gets')).toBe(weight);
    expect(texts(svg).includes('users that a feature is on for')).toBe(feature);
  });

  it('names as many as there is room for', () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ name: `a_feature_of_many_${n}`, points: [] }));
    const svg = chart({ features: many });
    expectWithin(svg);
    expect(texts(svg)).toContainEqual(expect.stringMatching(/^and \d+ more$/));
  });
});

it('draws the share of each group by itself where those have routers of their own', () => {
  const weights = ['eu', 'us'].map((name, n) => ({ name, points: [{ at: n * 20 * MINUTE, percent: 100 }] }));
  const svg = chart({ weights });
  expect(lines(svg, 'weight')).toHaveLength(2);
  expect(texts(svg)).toEqual(expect.arrayContaining(['eu', 'us']));
});

it.each<[string, number[], string]>([
  ['small', [3, 4], '0%'],
  ['close together', [34, 38], '0%'],
  ['nearly all', [95, 96], '95%'],
])('begins shares that are %s where they are to be read from', (_, values, lowest) => {
  const svg = chart({
    panels: [
      panel(
        values.map((value, n) => point(n, value)),
        { limits: [] },
      ),
    ],
  });
  const [, percents] = elementsOf(svg, 'g').map((each) => elementsOf(each, 'text').map(({ text }) => text));
  expect(percents?.find((text) => /^\d+%$/.test(text))).toBe(lowest);
});

it('puts what says nothing below the panel, where it is no value', () => {
  const svg = chart({ panels: [panel([point(1, 2), point(2, 3, 'inconclusive'), point(3, undefined, 'no_data')])] });
  const [, group] = elementsOf(svg, 'g');
  const bottom = Math.max(...elementsOf(group!, 'line').map(({ attributes }) => Number(attributes.y2)));
  const inside = elementsOf(group!);
  const square = inside.find(({ attributes }) => attributes['data-verdict'] === 'no_data')!;
  const diamond = inside.find(({ attributes }) => attributes['data-verdict'] === 'inconclusive')!;
  expect(Number(square.attributes.y)).toBeGreaterThan(bottom);
  expect(Number(/ ([\d.]+)/.exec(diamond.attributes.d!)?.[1])).toBeGreaterThan(bottom);
});

it('shows limits as dashed lines, what ran before beside, and a gap where nothing was measured', () => {
  const points = [point(1, 1), point(2, 2), point(3, undefined, 'no_data'), point(4, 3), point(5, 2)];
  const svg = chart({
    panels: [
      panel(points, {
        before: [
          { at: MINUTE, value: 2 },
          { at: 2 * MINUTE, value: 2 },
        ],
      }),
    ],
  });
  expect(lines(svg, 'limit')[0]?.attributes['stroke-dasharray']).toBeDefined();
  expect(lines(svg, 'before')).toHaveLength(1);
  expect(lines(svg, 'release')[0]?.attributes.d?.match(/M/g)).toHaveLength(2);
});

describe('of a deployment', () => {
  const iso = (minutes: number) => new Date(Date.UTC(2026, 0, 31, 12, minutes)).toISOString();
  const measured = (minutes: number, mean: number, verdict: VerdictKind = 'pass', count = 1) => ({
    from: iso(minutes),
    until: iso(minutes + 2),
    verdict,
    count,
    min: mean / 2,
    mean,
    max: mean * 2,
  });
  const exposure: ExposureDocument = {
    ...NO_EXPOSURE,
    traffic_history: [{ at: iso(5), traffic_percent: 25, confirmed_ms: 12 }],
    metrics_history: [
      {
        check: 'error rate',
        unit: 'share',
        limit: { max: 0.05 },
        points: [measured(0, 0.01, 'pass', 9), measured(8, 0.02)],
      },
      {
        check: 'error rate beside what ran before',
        unit: 'share',
        limit: {},
        points: [{ ...measured(8, 0.02, 'fail'), before: 0.005 }],
      },
      { check: 'queue', limit: { max: 100 }, points: [] },
    ],
  };
  const document = statusDocument({ started_at: iso(0), duration_ms: 30 * MINUTE });
  const data = chartOf({ standing: { document, source: 'database', recorded: true, lost: false }, exposure });

  it('reaches over all of its time', () => {
    expect(data).toMatchObject({
      title: expect.stringContaining('production/web/12'),
      from: Date.parse(iso(0)),
      until: Date.parse(iso(30)),
    });
    expect(data.weights).toEqual([{ points: [{ at: Date.parse(iso(5)), percent: 25 }] }]);
  });

  it('has a line for each feature, and for each group', () => {
    const { weights, features } = chartOf({
      standing: { document, source: 'database', recorded: true, lost: false },
      exposure: {
        ...NO_EXPOSURE,
        traffic_history: [
          { at: iso(1), traffic_percent: 50, group: 'eu', confirmed_ms: 12 },
          { at: iso(2), traffic_percent: 50, group: 'us', confirmed_ms: 12 },
          { at: iso(3), traffic_percent: 0, group: 'eu', confirmed_ms: 12 },
        ],
        features_history: [
          { at: iso(0), feature: 'new_ui', percent: 10 },
          { at: iso(4), feature: 'new_ui', percent: 100 },
        ],
      },
    });
    const at = (minutes: number, percent: number) => ({ at: Date.parse(iso(minutes)), percent });
    expect(weights).toEqual([
      { name: 'eu', points: [at(1, 50), at(3, 0)] },
      { name: 'us', points: [at(2, 50)] },
    ]);
    expect(features).toEqual([{ name: 'new_ui', points: [at(0, 10), at(4, 100)] }]);
  });

  it('shows both sides of an experiment', () => {
    const both = {
      check: 'success rate',
      unit: 'share' as const,
      limit: {},
      points: [{ ...measured(8, 0.4), before: 0 }],
    };
    const { panels } = chartOf({
      standing: { document, source: 'database', recorded: true, lost: false },
      exposure: { ...NO_EXPOSURE, metrics_history: [both] },
    });
    expect(panels[0]?.before).toEqual([{ at: Date.parse(iso(10)), value: 0 }]);
  });

  it('shows a comparison in the panel of its check, and shares as percent', () => {
    expect(data.panels.map(({ name, unit, limits }) => ({ name, unit, limits }))).toEqual([
      { name: 'error rate', unit: '%', limits: [{ kind: 'most', value: 5 }] },
      { name: 'queue', unit: '', limits: [{ kind: 'most', value: 100 }] },
    ]);
    expect(data.panels[0]!.before).toEqual([{ at: Date.parse(iso(10)), value: 0.5 }]);
    expect(data.panels[0]!.points.map(({ at, verdict, value }) => [at, verdict, value?.mid])).toEqual([
      [Date.parse(iso(1)), 'pass', 1],
      [Date.parse(iso(10)), 'pass', 2],
      [Date.parse(iso(10)), 'fail', 2],
    ]);
  });
});
