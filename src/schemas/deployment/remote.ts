import { NAMED } from './by-name';
import { driverNameOf } from './driver';
import type { ParsedDeployment } from './schema';
import { trafficNameOf } from './traffic';

/** Who carries a deployment.yaml out: Belay on this machine, or an API that it is sent to. */
export type Where = 'here' | 'api';

interface Misplaced {
  path: string[];
  message: string;
}

/**
 * What an API doesn't take, wherever the document is read: files of whoever asks, which lie elsewhere, and commands and
 * addresses, which would let anybody with a token run anything, or ask anybody, where Belay runs. And what only an API knows.
 */
export function misplacedFor(
  where: Where,
  { fleet, driver, metrics, traffic, hooks }: Partial<ParsedDeployment>,
): Misplaced[] {
  const found: Misplaced[] = [];
  if (where === 'here') {
    if (driver !== undefined && driverNameOf(driver) !== undefined) {
      const message =
        'names a driver of a belay.yaml, which only an API knows; write the driver out, with its type, or deploy through that API: set BELAY_API_URL';
      found.push({ path: ['driver', 'name'], message });
    }
    if (trafficNameOf(traffic) !== undefined) {
      found.push({ path: ['traffic', 'name'], message: nameAlone('a router') });
    }
    for (const [each, hook] of entriesOf(hooks)) {
      if (hook.type === NAMED) found.push({ path: ['hooks', each, 'name'], message: nameAlone('a hook') });
    }
    return found;
  }
  if (fleet?.file !== undefined) {
    const message =
      "is a file of your machine, which the API can't read; write labels: { … }, which the inventory knows the instances by, or deploy where Belay runs, without BELAY_API_URL";
    found.push({ path: ['fleet', 'file'], message });
  }
  if (driver?.type === 'command' || driver?.type === 'ssh') {
    const message = `is ${driver.type}, and no API takes commands; write driver: { name: … }, a driver that the belay.yaml of that API defines, or deploy where Belay runs, without BELAY_API_URL`;
    found.push({ path: ['driver', 'type'], message });
  }
  if (metrics !== undefined && metrics.type !== 'agent') {
    const message = `is ${metrics.type}, and no API takes addresses to ask; write metrics: { type: agent }, or deploy where Belay runs, without BELAY_API_URL`;
    found.push({ path: ['metrics', 'type'], message });
  }
  if (traffic?.type === 'haproxy' || traffic?.type === 'command') {
    const message = `is ${traffic.type}, and no API takes commands or addresses; write traffic: { name: … }, which the belay.yaml of that API defines, or deploy where Belay runs, without BELAY_API_URL`;
    found.push({ path: ['traffic', 'type'], message });
  }
  for (const [each, hook] of entriesOf(hooks)) {
    if (hook.type === NAMED) continue;
    const message = `is ${hook.type}, and no API takes commands or addresses; write ${each}: { name: … }, a hook that the belay.yaml of that API defines, or deploy where Belay runs, without BELAY_API_URL`;
    found.push({ path: ['hooks', each, 'type'], message });
  }
  return found;
}

/** In a body that is wrong, anything may be there. */
function entriesOf(hooks: ParsedDeployment['hooks'] | undefined): [string, ParsedDeployment['hooks'][string]][] {
  return Object.entries(hooks ?? {}).filter(([, hook]) => typeof hook === 'object' && hook !== null);
}

function nameAlone(what: string): string {
  return `names ${what} of a belay.yaml, which only an API knows; write it out, with its type, or deploy through that API: set BELAY_API_URL`;
}
