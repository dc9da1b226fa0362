import { durationText } from '../duration';
import type { CommandDriverSpec, SshDriverSpec } from '../spec';
import { commandText } from './command';

/** What every instance is asked to find out how it is: `GET /health answers 200 within 5s; it tells no versions`. */
export function healthText({ kind, health: check }: CommandDriverSpec | SshDriverSpec): string {
  const fields = [check.codeVersion, check.configurationVersion].filter((field) => field !== undefined);
  const versions = fields.length === 0 ? '; it tells no versions' : `; versions from ${fields.join(' and ')}`;
  const within = `within ${durationText(check.timeoutMs)}`;
  if (check.kind === 'command') {
    return `${commandText(check.run)}${kind === 'ssh' ? ' on its host' : ''} ends with 0 ${within}${versions}`;
  }
  return `GET ${check.path} answers ${check.expectStatus} ${within}${versions}`;
}
