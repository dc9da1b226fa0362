import { numberText, VERDICTS } from '../../../domain/analysis';
import { plural } from '../words';
import { checkPanel } from './check-panel';
import type { ChartData, Panel, StepLine } from './data';
import { INK, LEFT, PALE, PANEL_HEIGHT, RIGHT, WIDTH, withUnit, type Place } from './frame';
import { mark, VERDICT_WORDS } from './mark';
import { sinceText, timeScale, type Scale } from './scale';
import { element, escaped, textAt, type Markup } from './svg';
import { stepsPanel, type Steps } from './steps-panel';

const HEAD = 44;
const NAME = 26;
const GAP = 14;
const FOOT = 90;
const VERDICT_ROOM = 112;

/** A deployment's share of the requests, its features, and what was measured of it over time: one SVG document. */
export function chartSvg(data: ChartData): string {
  const x = timeScale(data.from, data.until, { from: LEFT, to: RIGHT });
  const tops = stepsOf(data);
  const count = tops.length + data.panels.length;
  const height = HEAD + count * (NAME + PANEL_HEIGHT + GAP) + FOOT;
  const placeOf = (index: number): Place => {
    const top = HEAD + index * (NAME + PANEL_HEIGHT + GAP) + NAME;
    return { top, bottom: top + PANEL_HEIGHT, x };
  };
  const last = placeOf(count - 1).bottom;
  const document = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: 'img',
      'aria-labelledby': 'title description',
      'font-family': 'system-ui, sans-serif',
      'font-size': 12,
      fill: INK,
    },
    element('title', { id: 'title' }, escaped(data.title)),
    element('desc', { id: 'description' }, escaped(descriptionOf(data))),
    element('rect', { width: WIDTH, height, fill: '#ffffff' }),
    textAt(LEFT, 26, short(data.title), { 'font-size': 15, 'font-weight': 'bold' }),
    ...tops.map((steps, n) => element('g', {}, ...stepsPanel(steps, data.from, placeOf(n)))),
    ...data.panels.map((panel, n) => element('g', {}, ...checkPanel(panel, data.from, placeOf(tops.length + n)))),
    ...timeAxis(data.from, x, last),
    ...legend(last + 70),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document}\n`;
}

/** Where features are all that changed, no requests were to be shifted. */
function stepsOf({ weights, features }: Pick<ChartData, 'weights' | 'features'>): Steps[] {
  const requests: Steps = {
    title: 'requests that the release gets',
    kind: 'weight',
    nothing: 'no shift of requests is recorded',
    lines: weights,
  };
  const users: Steps = { title: 'users that a feature is on for', kind: 'feature', nothing: '', lines: features };
  if (features.length === 0) return [requests];
  return weights.length === 0 ? [users] : [requests, users];
}

function timeAxis(from: number, x: Scale, bottom: number): Markup[] {
  const began = `${new Date(from).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    ...x.ticks.map((tick) =>
      textAt(x(tick), bottom + 24, sinceText(tick - from), { 'text-anchor': 'middle', fill: PALE }),
    ),
    textAt((LEFT + RIGHT) / 2, bottom + 42, `time since ${began}`, { 'text-anchor': 'middle', fill: PALE }),
  ];
}

function legend(y: number): Markup[] {
  const verdicts = VERDICTS.map((kind, n) => {
    const at = LEFT + n * VERDICT_ROOM;
    return mark(kind, at + 5, y) + textAt(at + 16, y + 4, VERDICT_WORDS[kind]);
  });
  const lines = [
    { text: 'what ran before', dash: '1.5 3' },
    { text: 'limit', dash: '7 4' },
  ].map(({ text, dash }, n) => {
    const at = LEFT + VERDICTS.length * VERDICT_ROOM + n * 160;
    const look = { stroke: n === 0 ? PALE : INK, 'stroke-width': 1.4, 'stroke-dasharray': dash };
    return element('line', { x1: at, x2: at + 28, y1: y, y2: y, ...look }) + textAt(at + 36, y + 4, text);
  });
  return [...verdicts, ...lines];
}

/** For whoever hears the picture instead of seeing it. */
function descriptionOf({ weights, features, panels, from, until }: ChartData): string {
  return [
    `Over ${sinceText(until - from)}.`,
    ...(weights.length === 0 && features.length === 0 ? ['No shift of requests is recorded.'] : []),
    ...weights.map((line) => `The release's share of the requests${nameText(line, ' of ')}: ${percents(line)}.`),
    ...features.map((line) => `Users that${nameText(line, ' ')} is on for: ${percents(line)}.`),
    ...panels.map(panelText),
  ].join(' ');
}

function nameText({ name }: StepLine, before: string): string {
  return name === undefined ? '' : `${before}${name}`;
}

function percents({ points }: StepLine): string {
  return [...new Set(points.map(({ percent }) => `${numberText(percent)}%`))].join(', ');
}

function panelText({ name, unit, points, limits }: Panel): string {
  const values = points.flatMap(({ value }) => (value === undefined ? [] : [value]));
  if (values.length === 0) return `${name}: nothing was measured.`;
  const low = values.reduce((least, each) => Math.min(least, each.low), Infinity);
  const high = values.reduce((most, each) => Math.max(most, each.high), -Infinity);
  const violations = points.filter(({ verdict }) => verdict === 'fail').length;
  const allowed = limits.map(({ kind, value }) => `, at ${kind} ${withUnit(value, unit)} is allowed`).join('');
  return `${name}: from ${withUnit(low, unit)} to ${withUnit(high, unit)}${allowed}, ${plural(violations, 'violation')}.`;
}

const MOST_TITLE = 96;

function short(title: string): string {
  return title.length <= MOST_TITLE ? title : `${title.slice(0, MOST_TITLE - 1)}…`;
}
