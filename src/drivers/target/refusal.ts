import { hostname } from 'node:os';
import { DriverRefusal } from './driver';

/** Refuses when there are problems: this machine lacks what the commands need. */
export function refuseFor(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new DriverRefusal(
    `The worker on ${hostname()} can't run this deployment's commands:\n${problems.map((p) => `  - ${p}`).join('\n')}\n` +
      'Every machine that runs a worker needs these. Nothing was touched.',
  );
}
