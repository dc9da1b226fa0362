import { isSame, type Tokens } from '../control/tokens';
import type { RegistrationScope } from '../control/inventory';
import { HttpError, invalid } from './errors';

/** Who may register instances, beside those with a token of the role agent. */
export interface RegistrationRule {
  token: string;
  expires?: Date;
  /** An instance must carry each of them. */
  labels: Record<string, string>;
}

const HINTS = [
  "the API's registration token: registration.token_file or registration.token_env of its belay.yaml",
  'or a token of the role agent: `belay token create NAME --role agent`',
];

/** What a token lets anybody register, or why it doesn't. Whether a token is right takes the same time. */
export async function scopeOfRegistration(
  secret: string,
  rule: RegistrationRule | undefined,
  tokens: Pick<Tokens, 'bearerOf'>,
): Promise<RegistrationScope> {
  if (rule !== undefined && isSame(secret, rule.token)) {
    if (rule.expires === undefined || rule.expires.getTime() > Date.now()) return { labels: rule.labels };
    throw refused('The registration token has expired.');
  }
  const bearer = await tokens.bearerOf(secret);
  if (bearer.kind !== 'known') throw refused('The token does not let anything be registered.');
  const { role, environments, services } = bearer.token;
  if (role !== 'agent') throw refused(`A token of the role ${role} does not let anything be registered.`);
  return { ...(environments === undefined ? {} : { environments }), ...(services === undefined ? {} : { services }) };
}

/** Refuses an instance whose labels are beyond that; those it had before are looked at where it takes their place. */
export function requireRegistrable(scope: RegistrationScope, labels: Record<string, string>): void {
  const wrong: [label: string, right: string][] = Object.entries(scope.labels ?? {})
    .filter(([label, value]) => labels[label] !== value)
    .map(([label, value]) => [label, JSON.stringify(value)]);
  const within = (label: string, names: string[] | undefined, value: string | undefined) => {
    if (names === undefined || (value !== undefined && names.includes(value))) return;
    wrong.push([label, `one of ${names.join(', ')}`]);
  };
  within('environment', scope.environments, labels.environment ?? labels.env);
  within('service', scope.services, labels.service);
  if (wrong.length === 0) return;
  const fields = wrong.map(([label, right]) => {
    const field = `instance.labels.${label}`;
    return { field, message: `${field} must be ${right}: this token registers no others` };
  });
  throw invalid('the body', fields);
}

function refused(message: string): HttpError {
  return new HttpError(401, 'unauthenticated', message, { hints: HINTS });
}
