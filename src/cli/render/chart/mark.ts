import type { VerdictKind } from '../../../domain/analysis';
import { element, escaped, path, type Markup } from './svg';

/** Okabe and Ito's colours, which colour-blind people tell apart; the shapes do so without any. */
export const COLOURS: Record<VerdictKind, string> = {
  pass: '#0072b2',
  inconclusive: '#b87400',
  no_data: '#595959',
  fail: '#c0392b',
};

export const VERDICT_WORDS: Record<VerdictKind, string> = {
  pass: 'pass',
  inconclusive: 'inconclusive',
  no_data: 'no data',
  fail: 'violation',
};

/** A verdict at a place: a dot, an open diamond, an open square, or a cross. */
export function mark(kind: VerdictKind, x: number, y: number, title?: string): Markup {
  const name = title === undefined ? [] : [element('title', {}, escaped(title))];
  const stroke = { fill: 'none', stroke: COLOURS[kind], 'stroke-width': 1.6 };
  const shape = { 'data-verdict': kind };
  switch (kind) {
    case 'pass':
      return element('circle', { ...shape, cx: x, cy: y, r: 2.2, fill: COLOURS.pass }, ...name);
    case 'inconclusive':
      return element(
        'path',
        { ...shape, ...stroke, d: `${through(x, y, [0, -5], [5, 0], [0, 5], [-5, 0])}Z` },
        ...name,
      );
    case 'no_data':
      return element('rect', { ...shape, ...stroke, x: x - 3.5, y: y - 3.5, width: 7, height: 7 }, ...name);
    case 'fail': {
      const d = through(x, y, [-4.5, -4.5], [4.5, 4.5]) + through(x, y, [-4.5, 4.5], [4.5, -4.5]);
      return element('path', { ...shape, ...stroke, 'stroke-width': 2.4, d }, ...name);
    }
  }
}

/** A line through places around one. */
function through(x: number, y: number, ...offsets: [number, number][]): string {
  return path(offsets.map(([right, down]) => [x + right, y + down]));
}
