import type { ParsedDeployment } from './schema';

/** Who carries a deployment.yaml out: Belay on this machine, or an API that it is sent to. */
export type Where = 'here' | 'api';

interface Misplaced {
  path: string[];
  message: string;
}

/**
 * What an API doesn't take, wherever the document is read: files of whoever asks, which lie elsewhere, and commands,
 * which would let anybody with a token run anything where Belay runs.
 */
export function misplacedFor(where: Where, { fleet, driver }: Partial<ParsedDeployment>): Misplaced[] {
  if (where === 'here') return [];
  const found: Misplaced[] = [];
  if (fleet?.file !== undefined) {
    const message =
      "is a file of your machine, which the API can't read; write labels: { … }, which the inventory knows the instances by, or deploy where Belay runs, without BELAY_API_URL";
    found.push({ path: ['fleet', 'file'], message });
  }
  if (driver?.type === 'command' || driver?.type === 'ssh') {
    const message = `is ${driver.type}, and no API takes commands; write type: agent, or deploy where Belay runs, without BELAY_API_URL`;
    found.push({ path: ['driver', 'type'], message });
  }
  return found;
}
