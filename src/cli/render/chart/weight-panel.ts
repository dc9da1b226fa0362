import type { ChartData } from './data';
import { frame, nothingText, RIGHT, type Place } from './frame';
import { valueScale } from './scale';
import { element, tenth, type Markup } from './svg';

const COLOUR = '#00694e';

/** The release's share of the requests: it holds until it is another, so the line has steps. */
export function weightPanel({ weight, from }: Pick<ChartData, 'weight' | 'from'>, place: Place): Markup[] {
  const { top, bottom, x } = place;
  const y = valueScale([0, 100], bottom, top);
  const around = frame('requests that the release gets', '%', y, place);
  if (weight.length === 0) return [...around, nothingText('no shift of requests is recorded', place)];
  const steps = weight.map(({ at, percent }) => `H${tenth(x(at))}V${tenth(y(percent))}`).join('');
  const line = `M${tenth(x(from))} ${tenth(y(0))}${steps}H${tenth(RIGHT)}`;
  const area = { d: `${line}V${tenth(y(0))}Z`, fill: COLOUR, 'fill-opacity': 0.12 };
  return [
    ...around,
    element('path', area),
    element('path', { d: line, fill: 'none', stroke: COLOUR, 'stroke-width': 2, 'data-line': 'weight' }),
  ];
}
