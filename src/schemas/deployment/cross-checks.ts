import type { z } from 'zod';
import type { ParsedDeployment } from './schema';
import { strategyFaults } from './strategy-checks';

/** Neither null nor a text: beside other problems, anything may be there. */
function isMap<T>(value: T): value is T & object {
  return typeof value === 'object' && value !== null;
}

type Beside = Partial<ParsedDeployment>;
type Add = (path: PropertyKey[], message: string) => void;

/** What no single key can tell. It also runs beside other problems, so values may be missing or unread. */
export function crossChecks(value: Beside, context: z.core.$RefinementCtx): void {
  const add: Add = (path, message) => context.addIssue({ code: 'custom', path, message });
  const wrong = new Set(context.issues.map(({ path }) => path?.[0]));
  const read = (...keys: (keyof ParsedDeployment)[]) => !keys.some((key) => wrong.has(key));
  checkApprovals(value, add);
  checkMissing(value, add);
  checkFleet(value, add);
  checkAnalysis(value, add);
  const { min_healthy_time: least, timeouts: bounds } = value;
  if (typeof least === 'number' && typeof bounds?.health === 'number' && least >= bounds.health) {
    add(
      ['min_healthy_time'],
      'is not shorter than timeouts.health, so that no instance could ever become good; make one longer or the other shorter',
    );
  }
  for (const { path, message } of strategyFaults(value, read)) add(path, message);
}

function checkApprovals({ approvals, strategy }: Beside, add: Add): void {
  const seen = new Set<number>();
  for (const [i, each] of (Array.isArray(approvals) ? approvals : []).entries()) {
    const before = isMap(each) ? each.before_batch : undefined;
    if (typeof before !== 'number') continue;
    if (seen.has(before)) add(['approvals', i, 'before_batch'], `is ${before} a second time; keep one`);
    seen.add(before);
    if (isMap(strategy) && strategy.type === 'rolling' && strategy.window !== undefined && before !== 1) {
      add(['approvals', i, 'before_batch'], `is ${before}, but a window is one batch; write 1, or use batches`);
    }
  }
}

const NEEDED = {
  release: 'write { code_version: 1.5.0, configuration_version: 12 }',
  fleet: 'write { file: instances.json } or { labels: { role: web } }',
  driver: 'write a map with type and what belongs to it',
} as const;

/** Only features are turned on without instances. */
function checkMissing(value: Beside, add: Add): void {
  if (isMap(value.strategy) && value.strategy.type === 'feature_flags') return;
  for (const key of ['release', 'fleet', 'driver'] as const) {
    if (value[key] === undefined) add([key], `is missing; ${NEEDED[key]}`);
  }
}

function checkFleet({ fleet: where, driver: how }: Beside, add: Add): void {
  if (!isMap(where) || !isMap(how)) return;
  const { file, labels } = where;
  if (file === undefined && labels === undefined) {
    add(['fleet'], 'names no instances; write { file: instances.json } or { labels: { role: web } }');
  } else if (file !== undefined && labels !== undefined) {
    add(['fleet'], 'has both file and labels; keep the one that lists the instances');
  } else if (how.type === 'agent' && file !== undefined) {
    add(['fleet', 'file'], 'lists instances without agents; write labels: { … }, which the inventory knows them by');
  }
}

function checkAnalysis({ metrics: who, analysis, driver }: Beside, add: Add): void {
  if (analysis !== undefined && who === undefined) {
    add(
      ['analysis'],
      'has nobody to ask; write metrics: { type: prometheus, url: "http://prometheus:9090" }, or another',
    );
  }
  if (isMap(who) && isMap(driver) && who.type === 'agent' && driver.type !== 'agent') {
    add(['metrics', 'type'], 'is agent, and these instances have no agents; write prometheus or http');
  }
  if (isMap(who) && who.type === 'agent' && isMap(analysis) && (analysis.checks ?? []).length > 0) {
    add(
      ['analysis', 'checks'],
      'are queries, which heartbeats do not answer; write thresholds, or another type of metrics',
    );
  }
}
