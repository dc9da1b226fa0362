import { besideText, SHARES, type Check, type MetricPoint, type Quantity, type VerdictKind } from '../domain/analysis';
import type { DeploymentSpec } from '../domain';
import { askedOf } from '../domain/strategies/asked';
import type { FlagStep } from '../store/flag-steps';
import type { MeasurementRow } from '../store/measurements';
import type { ShiftRow } from '../store/shifts';

/** What numbers of a check are: `share` is a fraction of 1; absent: whatever the query tells. */
export type Unit = 'ms' | 'share';

export interface PointDocument {
  from: string;
  until: string;
  verdict: VerdictKind;
  /** How many measurements are behind it; more than one: they were put together, being old. */
  count: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  /** What ran before, at the same time. */
  before?: number;
  traffic_percent?: number;
}

export interface CheckHistoryDocument {
  check: string;
  unit?: Unit;
  limit: { min?: number; max?: number };
  points: PointDocument[];
}

/** What share of requests a release was given when, and what was measured of it: as JSON, wherever it is read. */
export interface ExposureDocument {
  /** When the release was first given all requests (of groups: those of the last that it was), and how long it took until every router had that. */
  switch_time: { at: string; took_ms: number | null } | null;
  traffic_history: {
    at: string;
    traffic_percent: number;
    /** Whose requests they are of, where groups have routers of their own. */
    group?: string;
    confirmed_ms: number | null;
  }[];
  /** For how many users a deployment has turned each feature on (0: off); the first of each is what it was when the deployment began. */
  features_history: { at: string; feature: string; percent: number }[];
  last_verdict: {
    from: string;
    until: string;
    kind: VerdictKind;
    text: string;
    findings: MeasurementRow['findings'];
    traffic_percent?: number;
  } | null;
  metrics_history: CheckHistoryDocument[];
}

/** Neither a shift, nor a feature, nor a measurement. */
export const NO_EXPOSURE: ExposureDocument = {
  switch_time: null,
  traffic_history: [],
  features_history: [],
  last_verdict: null,
  metrics_history: [],
};

/** What points are of, and what they may be. */
type KnownCheck = Pick<Check, 'name' | 'quantity' | 'min' | 'max'>;

/** What a deployment measures: the first quantity of an experiment says of what unit it is. */
export function checksIn(spec: DeploymentSpec | undefined): KnownCheck[] {
  const asked = spec && askedOf(spec)?.asked;
  return (asked ?? []).filter(({ name }, i, all) => all.findIndex((each) => each.name === name) === i);
}

/** What is known of a deployment. */
interface Known {
  checks: readonly KnownCheck[];
  shifts: readonly ShiftRow[];
  flagSteps: readonly FlagStep[];
  last: MeasurementRow | undefined;
  points: readonly MetricPoint[];
}

export function exposureDocument({ checks, shifts, flagSteps, last, points }: Known): ExposureDocument {
  const last100 = shifts.findLast(isWhole)?.group;
  const whole = shifts.find((shift) => isWhole(shift) && shift.group === last100);
  return {
    switch_time: whole === undefined ? null : { at: whole.at.toISOString(), took_ms: whole.confirmedMs ?? null },
    traffic_history: shifts.map(({ at, weight, group, confirmedMs }) => ({
      at: at.toISOString(),
      traffic_percent: weight,
      ...(group === undefined ? {} : { group }),
      confirmed_ms: confirmedMs ?? null,
    })),
    features_history: flagSteps.map(({ at, ...step }) => ({ at: at.toISOString(), ...step })),
    last_verdict: last === undefined ? null : verdictDocument(last),
    metrics_history: checksOf(checks, points),
  };
}

function isWhole({ weight }: ShiftRow): boolean {
  return weight === 100;
}

function verdictDocument({ from, until, kind, text, findings, weight }: MeasurementRow) {
  return {
    from: from.toISOString(),
    until: until.toISOString(),
    kind,
    text,
    findings,
    ...(weight === undefined ? {} : { traffic_percent: weight }),
  };
}

/** In the order of the spec; a comparison with what ran before follows, as whatever was measured. */
function checksOf(checks: Known['checks'], points: readonly MetricPoint[]): CheckHistoryDocument[] {
  const byCheck = new Map<string, CheckHistoryDocument>();
  for (const { name, quantity, min, max } of checks) {
    const limit = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
    byCheck.set(name, { check: name, ...unitOf(quantity), limit, points: [] });
  }
  for (const point of points) {
    const found = byCheck.get(point.check) ?? {
      check: point.check,
      ...comparedUnit(point.check, byCheck),
      limit: {},
      points: [],
    };
    byCheck.set(point.check, found);
    found.points.push(pointDocument(point));
  }
  return [...byCheck.values()];
}

function unitOf(quantity: Quantity): { unit?: Unit } {
  if (quantity.kind === 'query') return {};
  if (SHARES.includes(quantity.metric)) return { unit: 'share' };
  return quantity.metric === 'response_time_ms' ? { unit: 'ms' } : {};
}

/** A comparison is of the same unit as its check. */
function comparedUnit(name: string, checks: ReadonlyMap<string, CheckHistoryDocument>): { unit?: Unit } {
  const unit = [...checks.values()].find(({ check }) => besideText(check) === name)?.unit;
  return unit === undefined ? {} : { unit };
}

function pointDocument({ from, until, verdict, count, min, mean, max, before, weight }: MetricPoint): PointDocument {
  return {
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    verdict,
    count,
    min: min ?? null,
    mean: mean ?? null,
    max: max ?? null,
    ...(before === undefined ? {} : { before }),
    ...(weight === undefined ? {} : { traffic_percent: weight }),
  };
}
