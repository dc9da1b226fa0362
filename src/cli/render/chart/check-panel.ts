import type { VerdictKind } from '../../../domain/analysis';
import type { ChartPoint, Panel } from './data';
import { frame, INK, LEFT, nothingText, PALE, RIGHT, withUnit, type Place } from './frame';
import { COLOURS, mark, VERDICT_WORDS } from './mark';
import { sinceText, valueScale, type Scale } from './scale';
import { element, path, tenth, textAt, type Markup } from './svg';
import { thinned } from './thin';

/** Points closer than this can't be told apart. */
const PIXELS = 2;
/** More dots than this hide the line: only the others are marked then, with room between them. */
const MOST_DOTS = 90;
const ROOM = 12;
/** So far below a panel its least value can't be meant. */
const BELOW = 8;

/** One check over time: its values, what ran before, its limits, and what was made of them. */
export function checkPanel(panel: Panel, from: number, place: Place): Markup[] {
  const { x, top, bottom } = place;
  const column = (at: number) => Math.floor(x(at) / PIXELS);
  const points = thinned(panel.points, column);
  const before = thinned(
    panel.before.map(({ at, value }) => ({ at, verdict: 'pass', value: { low: value, mid: value, high: value } })),
    column,
  );
  const y = valueScale(
    [...valuesOf(points), ...valuesOf(before), ...panel.limits.map(({ value }) => value)],
    bottom,
    top,
    panel.unit === '%' ? 'share' : 'number',
  );
  return [
    ...frame(panel.name, panel.unit, y, place),
    ...(panel.points.length === 0 ? [nothingText('nothing was measured', place)] : []),
    band(points, x, y),
    line(before, x, y, { stroke: PALE, 'stroke-width': 1.4, 'stroke-dasharray': '1.5 3', 'data-line': 'before' }),
    line(points, x, y, { stroke: COLOURS.pass, 'stroke-width': 1.6, 'data-line': 'release' }),
    ...panel.limits.map(({ kind, value }) => limit(kind, value, panel.unit, { y, place })),
    ...marks(points, panel, { from, x, y, place }),
  ];
}

function valuesOf(points: readonly ChartPoint[]): number[] {
  return points.flatMap(({ value }) => (value === undefined ? [] : [value.low, value.high]));
}

function line(points: readonly ChartPoint[], x: Scale, y: Scale, look: Record<string, string | number>): Markup {
  const d = path(points.map(({ at, value }) => (value === undefined ? undefined : [x(at), y(value.mid)])));
  return d === '' ? '' : element('path', { d, fill: 'none', ...look });
}

/** From the least to the most, where several values are put together. */
function band(points: readonly ChartPoint[], x: Scale, y: Scale): Markup {
  const wide = points.filter(({ value }) => value !== undefined && value.high > value.low);
  const d = wide.map(({ at, value }) => `M${tenth(x(at))} ${tenth(y(value!.low))}V${tenth(y(value!.high))}`).join('');
  return d === '' ? '' : element('path', { d, stroke: COLOURS.pass, 'stroke-width': 2, 'stroke-opacity': 0.25 });
}

function limit(kind: 'least' | 'most', value: number, unit: string, { y, place }: Pick<Around, 'y' | 'place'>): Markup {
  const at = y(value);
  // The panel's name is above its top.
  const text = at - place.top < 16 ? at + 14 : at - 4;
  const look = { stroke: INK, 'stroke-width': 1.2, 'stroke-dasharray': '7 4', 'data-line': 'limit' };
  return (
    element('line', { x1: LEFT, x2: RIGHT, y1: at, y2: at, ...look }) +
    textAt(LEFT + 6, text, `at ${kind} ${withUnit(value, unit)}`, {
      fill: INK,
    })
  );
}

interface Around {
  from: number;
  x: Scale;
  y: Scale;
  place: Place;
}

/**
 * Whatever didn't pass, and what passed where there is room. What says nothing stands below the panel, where it is no
 * value; a violation without a value, at the top.
 */
function marks(points: readonly ChartPoint[], { unit }: Panel, { from, x, y, place }: Around): Markup[] {
  const dense = points.length > MOST_DOTS;
  const others = points.filter(({ verdict }) => verdict !== 'pass');
  const shown = dense ? thinned(others, (at) => Math.floor(x(at) / ROOM)) : points;
  return shown.map(({ at, verdict, value }) => {
    const height = heightOf(verdict, value, { y, place });
    const is = value === undefined ? '' : `: ${withUnit(value.mid, unit)}`;
    return mark(verdict, x(at), height, `${VERDICT_WORDS[verdict]} after ${sinceText(at - from)}${is}`);
  });
}

function heightOf(verdict: VerdictKind, value: ChartPoint['value'], { y, place }: Pick<Around, 'y' | 'place'>): number {
  switch (verdict) {
    case 'no_data':
    case 'inconclusive':
      return place.bottom + BELOW;
    case 'fail':
      return value === undefined ? place.top : y(value.high);
    case 'pass':
      return value === undefined ? place.bottom : y(value.mid);
  }
}
