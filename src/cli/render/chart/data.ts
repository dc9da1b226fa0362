import type { Details } from '../../../control/control';
import type { CheckHistoryDocument, ExposureDocument, PointDocument } from '../../../control/exposure';
import { besideText, type VerdictKind } from '../../../domain/analysis';
import { titleText } from '../progress';

/** What was measured at one time; times in ms since the epoch. */
export interface ChartPoint {
  at: number;
  verdict: VerdictKind;
  /** Absent: nothing was measured. `mid` is the value, or the mean of several. */
  value?: { low: number; mid: number; high: number };
}

/** One check over time, in the unit it is shown in. */
export interface Panel {
  name: string;
  /** `ms`, `%`, or nothing. */
  unit: string;
  limits: { kind: 'least' | 'most'; value: number }[];
  points: ChartPoint[];
  /** What ran before, at the same time. */
  before: { at: number; value: number }[];
}

/** A percent that holds from each time until the next. */
export interface StepLine {
  /** What it is of; absent: there is only one. */
  name?: string;
  points: { at: number; percent: number }[];
}

/** All that a chart shows. */
export interface ChartData {
  title: string;
  from: number;
  until: number;
  /** The release's percent of the requests; of each group by itself where those have routers of their own. */
  weights: StepLine[];
  /** The percent of users that each feature is on for. */
  features: StepLine[];
  panels: Panel[];
}

/** A deployment over its time. */
export function chartOf({ standing, exposure }: Pick<Details, 'standing' | 'exposure'>): ChartData {
  const { document } = standing;
  const weights = linesOf(
    exposure.traffic_history.map(({ at, traffic_percent: percent, group: name }) => ({ at, percent, name })),
  );
  const features = linesOf(exposure.features_history.map(({ at, percent, feature: name }) => ({ at, percent, name })));
  const panels = panelsOf(exposure);
  const began = ms(document.started_at);
  const told = [
    began,
    began + document.duration_ms,
    ...[...weights, ...features].flatMap(({ points }) => points.map(({ at }) => at)),
    ...exposure.metrics_history.flatMap(({ points }) => points.flatMap(({ from, until }) => [ms(from), ms(until)])),
  ];
  return {
    title: titleText(document),
    from: told.reduce((a, b) => Math.min(a, b)),
    until: told.reduce((a, b) => Math.max(a, b)),
    weights,
    features,
    panels,
  };
}

/** One line for each name, in the order in which they come. */
function linesOf(steps: { at: string; percent: number; name: string | undefined }[]): StepLine[] {
  return [...new Set(steps.map(({ name }) => name))].map((name) => ({
    ...(name === undefined ? {} : { name }),
    points: steps.filter((step) => step.name === name).map(({ at, percent }) => ({ at: ms(at), percent })),
  }));
}

/** A comparison with what ran before is shown in its check's panel. */
function panelsOf({ metrics_history: checks }: ExposureDocument): Panel[] {
  return checks
    .filter(({ check }) => !checks.some((each) => besideText(each.check) === check))
    .map((each) =>
      panelOf(
        each,
        checks.find(({ check }) => besideText(each.check) === check),
      ),
    );
}

function panelOf(
  { check, unit, limit, points }: CheckHistoryDocument,
  compared: CheckHistoryDocument | undefined,
): Panel {
  const factor = unit === 'share' ? 100 : 1;
  const most = limit.max === undefined ? [] : [{ kind: 'most' as const, value: limit.max * factor }];
  const least = limit.min === undefined ? [] : [{ kind: 'least' as const, value: limit.min * factor }];
  const point = (each: PointDocument) => pointOf(each, factor);
  return {
    name: check,
    unit: unit === 'share' ? '%' : (unit ?? ''),
    limits: [...most, ...least],
    points: [
      ...points.map(point),
      ...(compared?.points ?? []).map(point).filter(({ verdict }) => verdict !== 'pass'),
    ].sort((a, b) => a.at - b.at),
    // An experiment's own points have both sides.
    before: (compared?.points ?? points).flatMap((each) =>
      each.before === undefined ? [] : [{ at: timeOf(each), value: each.before * factor }],
    ),
  };
}

function pointOf(point: PointDocument, factor: number): ChartPoint {
  const { verdict, min, mean, max } = point;
  const at = timeOf(point);
  if (min === null || mean === null || max === null) return { at, verdict };
  return { at, verdict, value: { low: min * factor, mid: mean * factor, high: max * factor } };
}

/** A measurement is known at its end; several that were put together stand in their middle. */
function timeOf({ from, until, count }: PointDocument): number {
  return count > 1 ? (ms(from) + ms(until)) / 2 : ms(until);
}

function ms(iso: string): number {
  return new Date(iso).getTime();
}
