import { MOMENTS } from '../../domain/hooks';
import { durationText } from '../../domain/duration';
import { nearest, suggestion } from '../../domain/names';
import { watchMsOf } from './blue-green';
import { dividedFaults } from './divided';
import type { ParsedDeployment } from './schema';
import type { ParsedStep } from './steps';
import { strategyOf } from './strategy';
import { trafficFaults, type Fault } from './traffic-fit';
import { trafficNameOf, writtenIn } from './traffic';

type Beside = Partial<ParsedDeployment>;
type Parsed = ParsedDeployment['strategy'];
type Analysis = ParsedDeployment['analysis'];

/**
 * What a strategy doesn't fit of what stands beside it.
 * @param read whether nothing is wrong with these keys by themselves
 */
export function strategyFaults(value: Beside, read: (...keys: (keyof Beside)[]) => boolean): Fault[] {
  const { strategy, analysis } = value;
  if (strategy === undefined || !read('strategy')) return [];
  return [
    ...approvalFaults(strategy, value),
    ...(strategy.type === 'feature_flags' ? placelessFaults(value) : []),
    ...(strategy.type === 'experiment' && read('metrics') ? comparedFaults(strategy, value) : []),
    ...(read('analysis') ? judgedFaults(strategy, analysis) : []),
    ...(read('hooks') ? hookFaults(strategy, value.hooks ?? {}) : []),
    ...(read('traffic', 'groups') ? routingFaults(strategy, value) : []),
    ...(read('traffic', 'groups', 'metrics', 'analysis') ? dividedFaults(value) : []),
  ];
}

function approvalFaults({ type }: Parsed, { approvals }: Beside): Fault[] {
  if (type === 'rolling' || !Array.isArray(approvals) || approvals.length === 0) return [];
  const right =
    type === 'canary'
      ? 'write { type: approve } among strategy.steps'
      : type === 'blue_green'
        ? 'write { type: approve } under strategy.validate'
        : type === 'experiment'
          ? 'remove them: it always asks when it is judged'
          : 'remove them';
  return [
    { path: ['approvals'], message: `are before batches of a rolling deployment, and this one is ${type}; ${right}` },
  ];
}

/** Features have no instances, so nothing that is about them. */
function placelessFaults(value: Beside): Fault[] {
  const { release, metrics } = value;
  const placeless = (['fleet', 'driver', 'traffic', 'groups'] as const)
    .filter((key) => value[key] !== undefined)
    .map((key): Fault => ({ path: [key], message: 'is of instances, and feature_flags changes none; remove it' }));
  if (Object.keys(release?.flags ?? {}).length > 0) {
    const message = 'are of a release that is installed; write them under strategy.features';
    placeless.push({ path: ['release', 'flags'], message });
  }
  if (metrics?.type === 'agent') {
    const message = 'is agent, and features have no agents; write prometheus or http';
    placeless.push({ path: ['metrics', 'type'], message });
  }
  return placeless;
}

/** Who measures an experiment has to tell what is behind a share, or single times. */
function comparedFaults({ metric }: Extract<Parsed, { type: 'experiment' }>, { metrics, groups }: Beside): Fault[] {
  const faults: Fault[] = [];
  const add = (path: PropertyKey[], message: string) => faults.push({ path, message });
  if (groups !== undefined) add(['groups'], 'go one after another, and an experiment is of all at once; remove it');
  const asked = typeof metric === 'string' ? metric : metric.name;
  const isTime = metric === 'response_time_ms';
  if (metrics === undefined) {
    const right = 'write metrics: { type: prometheus, url: "http://prometheus:9090" }, or another';
    add(['strategy'], `is experiment, which has nobody to ask for ${asked}; ${right}`);
  } else if (metrics.type === 'agent' && !isTime) {
    add(
      ['metrics', 'type'],
      `is agent, and heartbeats don't tell how many are behind ${asked}; write prometheus or http`,
    );
  } else if (metrics.type === 'http' && isTime) {
    add(['metrics', 'type'], `is http, which tells no single times, as ${asked} needs them; write prometheus`);
  }
  return faults;
}

const JUDGE = 'write metrics: { … } and analysis: { thresholds: { max_error_rate: 5% } }';

function judgedFaults(strategy: Parsed, analysis: Analysis): Fault[] {
  const steps = writtenSteps(strategy);
  return [
    ...(strategy.type === 'canary' ? bareFaults(strategy, analysis) : []),
    ...(strategy.type === 'blue_green' ? watchFaults(strategy, analysis) : []),
    ...steps.flatMap(({ path, step }) => {
      if (typeof step === 'number' || step.type !== 'analyze') return [];
      if (analysis !== undefined) return shortFaults([...path, 'for'], step.for, analysis);
      return [{ path: [...path, 'type'], message: `is analyze, and nothing says what by; ${JUDGE}, or remove it` }];
    }),
  ];
}

/** A step that is a percent is judged; the first one says it for all. */
function bareFaults({ steps }: Extract<Parsed, { type: 'canary' }>, analysis: Analysis): Fault[] {
  if (analysis !== undefined) return [];
  const right = `${JUDGE}, or steps that say what they are, like { type: traffic, weight: 10 }`;
  if (steps === undefined) {
    return [{ path: ['strategy'], message: `judges each of its steps, and nothing says what by; ${right}` }];
  }
  const first = steps.findIndex((each) => typeof each === 'number');
  if (first < 0) return [];
  const message = `is only a percent: a step that is judged, and nothing says what by; ${right}`;
  return [{ path: ['strategy', 'steps', first], message }];
}

function watchFaults(strategy: Extract<Parsed, { type: 'blue_green' }>, analysis: Analysis): Fault[] {
  const { watch_after_switch: watch, keep_for: keep } = strategy;
  const path = ['strategy', 'watch_after_switch'];
  if (analysis === undefined && watch !== undefined && watch > 0) {
    return [{ path, message: `is ${durationText(watch)}, and nothing says what is measured; ${JUDGE}, or remove it` }];
  }
  const watchMs = watchMsOf(strategy, analysis?.monitoring_duration);
  const faults = analysis === undefined || watch === 0 ? [] : shortFaults(path, watch, analysis);
  if (keep === undefined || keep >= watchMs) return faults;
  const what = watch === undefined ? 'analysis.monitoring_duration' : 'watch_after_switch';
  const message = `is ${durationText(keep)}, shorter than ${what} (${durationText(watchMs)}): a violation after it could not be taken back; make it at least as long`;
  return [...faults, { path: ['strategy', 'keep_for'], message }];
}

function shortFaults(path: PropertyKey[], forMs: number | undefined, analysis: NonNullable<Analysis>): Fault[] {
  const least = analysis.health_check_interval;
  if (forMs === undefined || forMs >= least) return [];
  const message = `is ${durationText(forMs)}, shorter than analysis.health_check_interval (${durationText(least)}), so that nothing is ever measured; make it longer`;
  return [{ path, message }];
}

function hookFaults(strategy: Parsed, hooks: ParsedDeployment['hooks']): Fault[] {
  const defined = Object.keys(hooks);
  const steps = writtenSteps(strategy);
  const named = steps.flatMap(({ step }) => (typeof step !== 'number' && step.type === 'hook' ? [step.name] : []));
  const known = [...MOMENTS, ...named];
  const missing = steps.flatMap(({ path, step }) =>
    typeof step !== 'number' && step.type === 'hook' && !defined.includes(step.name) ? [{ path, name: step.name }] : [],
  );
  // One word, written in two ways, is one mistake.
  const meant = new Set(missing.map(({ name }) => nearest(name, defined)));
  const idle = defined.filter((each) => !known.includes(each) && !meant.has(each));
  return [
    ...idle.map((each): Fault => {
      const right = suggestion(each, known) || `known moments are ${MOMENTS.join(', ')}`;
      return { path: ['hooks', each], message: `is no moment at which hooks are run, and no step names it; ${right}` };
    }),
    ...missing.map(({ path, name }): Fault => {
      const written = `write it under hooks, like ${name}: { type: command, run: [./${name}.sh] }`;
      const right = suggestion(name, defined) || written;
      return { path: [...path, 'name'], message: `is ${JSON.stringify(name)}, which no hook is called; ${right}` };
    }),
  ];
}

/** Its steps, and where they stand. */
function writtenSteps(strategy: Parsed): { path: PropertyKey[]; step: ParsedStep }[] {
  const at = (key: string, steps: readonly ParsedStep[]) =>
    steps.map((step, i) => ({ path: ['strategy', key, i] as PropertyKey[], step }));
  switch (strategy.type) {
    case 'canary':
      return at('steps', strategy.steps ?? []);
    case 'blue_green':
      return at('validate', strategy.validate);
    case 'rolling':
    case 'feature_flags':
    case 'experiment':
      return [];
  }
}

/** What a name stands for is found out where it is known. */
function routingFaults(strategy: Parsed, { traffic, analysis, driver, groups }: Beside): Fault[] {
  if (trafficNameOf(traffic) !== undefined) return [];
  // No command is run here, wherever it would be.
  const spec = writtenIn(traffic, '/');
  const rest = { simulated: driver?.type === 'simulated', groups: groups?.order };
  return trafficFaults(strategyOf(strategy, analysis?.monitoring_duration), spec, rest);
}
