import { hostname } from 'node:os';
import { DriverRefusal } from './driver';

/** Refuses when there are problems: this machine lacks what the commands need. */
export function refuseFor(problems: readonly string[]): void {
  if (problems.length > 0) throw new DriverRefusal(refusalText('commands', problems));
}

/** What of a deployment this machine can't run, and why. */
export function refusalText(what: string, problems: readonly string[]): string {
  return (
    `The worker on ${hostname()} can't run this deployment's ${what}:\n${problems.map((p) => `  - ${p}`).join('\n')}\n` +
    'Every machine that runs a worker needs these. Nothing was touched.'
  );
}
