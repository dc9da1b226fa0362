import { driverNameOf } from './driver';
import type { ParsedDeployment } from './schema';

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
export function misplacedFor(where: Where, { fleet, driver, metrics }: Partial<ParsedDeployment>): Misplaced[] {
  const found: Misplaced[] = [];
  if (where === 'here') {
    if (driver !== undefined && driverNameOf(driver) !== undefined) {
      const message =
        'names a driver of a belay.yaml, which only an API knows; write the driver out, with its type, or deploy through that API: set BELAY_API_URL';
      found.push({ path: ['driver', 'name'], message });
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
  return found;
}
