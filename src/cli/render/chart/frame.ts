import { numberText } from '../../../domain/analysis';
import type { Scale } from './scale';
import { element, textAt, type Markup } from './svg';

export const WIDTH = 900;
/** Where the panels' insides begin and end. */
export const LEFT = 84;
export const RIGHT = WIDTH - 24;
export const PANEL_HEIGHT = 116;

export const INK = '#222222';
export const PALE = '#666666';
const GRID = '#e2e2e2';

export interface Place {
  top: number;
  bottom: number;
  x: Scale;
}

/** `5%`, `1,000 ms`, `12` */
export function withUnit(value: number, unit: string): string {
  return `${numberText(value)}${unit === '%' ? '%' : unit && ` ${unit}`}`;
}

/** A panel without its lines: its name, unit, grid and numbers. */
export function frame(name: string, unit: string, y: Scale, { top, bottom, x }: Place): Markup[] {
  const across = y.ticks.map((tick) => {
    const at = y(tick);
    return (
      element('line', { x1: LEFT, x2: RIGHT, y1: at, y2: at, stroke: GRID }) +
      textAt(LEFT - 8, at + 4, `${numberText(tick)}${unit === '%' ? '%' : ''}`, { 'text-anchor': 'end', fill: PALE })
    );
  });
  const down = x.ticks.map((tick) => element('line', { x1: x(tick), x2: x(tick), y1: top, y2: bottom, stroke: GRID }));
  const middle = (top + bottom) / 2;
  return [
    textAt(LEFT, top - 8, name, { 'font-weight': 'bold' }),
    ...across,
    ...down,
    ...(unit === ''
      ? []
      : [textAt(18, middle, unit, { 'text-anchor': 'middle', fill: PALE, transform: `rotate(-90 18 ${middle})` })]),
  ];
}

/** What stands where there is nothing to draw. */
export function nothingText(text: string, { top, bottom }: Place): Markup {
  return textAt((LEFT + RIGHT) / 2, top + (bottom - top) / 4 + 4, text, { 'text-anchor': 'middle', fill: PALE });
}
