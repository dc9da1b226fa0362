import type { StepLine } from './data';
import { frame, INK, LEFT, nothingText, RIGHT, type Place } from './frame';
import { valueScale, type Scale } from './scale';
import { element, tenth, textAt, type Markup } from './svg';

/** Each line has its own colour and its own dashes, so that they are told apart without colours, too. */
const LOOKS = [
  { stroke: '#00694e' },
  { stroke: '#0072b2', 'stroke-dasharray': '8 3' },
  { stroke: '#b85c00', 'stroke-dasharray': '3 2' },
  { stroke: '#8e4585', 'stroke-dasharray': '10 3 2 3' },
  { stroke: '#595959', 'stroke-dasharray': '1.5 2' },
];
/** Wide enough for the widest letters of most names. */
const LETTER = 7;
const SAMPLE = 28;

/** What holds until it is another, so that the lines have steps: shares of the requests, or of the users. */
export interface Steps {
  title: string;
  /** What `data-line` calls each. */
  kind: string;
  /** What stands there when there are no lines. */
  nothing: string;
  lines: readonly StepLine[];
}

/** Steps over time, in percent. */
export function stepsPanel({ title, kind, nothing, lines }: Steps, from: number, place: Place): Markup[] {
  const y = valueScale([0, 100], place.bottom, place.top);
  const around = frame(title, '%', y, place);
  if (lines.length === 0) return [...around, nothingText(nothing, place)];
  const [only] = lines.length === 1 ? lines : [];
  return [
    ...around,
    ...(only === undefined
      ? []
      : [
          element('path', {
            d: `${drawn(only, from, y, place)}V${tenth(y(0))}Z`,
            fill: '#00694e',
            'fill-opacity': 0.12,
          }),
        ]),
    ...lines.map((line, n) =>
      element('path', { d: drawn(line, from, y, place), fill: 'none', ...lookOf(n), 'data-line': kind }),
    ),
    ...namesOf(lines, title, place),
  ];
}

function drawn({ points }: StepLine, from: number, y: Scale, { x }: Place): string {
  const steps = points.map(({ at, percent }) => `H${tenth(x(at))}V${tenth(y(percent))}`).join('');
  return `M${tenth(x(from))} ${tenth(y(0))}${steps}H${tenth(RIGHT)}`;
}

function lookOf(n: number) {
  return { ...LOOKS[n % LOOKS.length], 'stroke-width': 2 };
}

/** Beside the panel's name, as many as there is room for. */
function namesOf(lines: readonly StepLine[], title: string, { top }: Place): Markup[] {
  const shown: Markup[] = [];
  let at = LEFT + title.length * LETTER + 24;
  for (const [n, { name }] of lines.entries()) {
    if (name === undefined) continue;
    const wide = SAMPLE + 8 + name.length * LETTER + 16;
    if (at + wide > RIGHT - 60) return [...shown, textAt(at, top - 8, `and ${lines.length - n} more`, { fill: INK })];
    shown.push(
      element('line', { x1: at, x2: at + SAMPLE, y1: top - 12, y2: top - 12, ...lookOf(n) }),
      textAt(at + SAMPLE + 8, top - 8, name, { fill: INK }),
    );
    at += wide;
  }
  return shown;
}
