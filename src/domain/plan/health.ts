import { durationText } from '../duration';
import type { HealthCheck } from '../spec';
import { commandText } from './command';

/** What every instance is asked to find out how it is: `GET /health answers 200 within 5s; it tells no versions`. */
export function healthText(check: HealthCheck): string {
  const fields = [check.codeVersion, check.configurationVersion].filter((field) => field !== undefined);
  const versions = fields.length === 0 ? '; it tells no versions' : `; versions from ${fields.join(' and ')}`;
  const within = `within ${durationText(check.timeoutMs)}`;
  if (check.kind === 'command') return `${commandText(check.run)} ends with 0 ${within}${versions}`;
  return `GET ${check.path} answers ${check.expectStatus} ${within}${versions}`;
}
