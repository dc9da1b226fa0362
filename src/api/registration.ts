import { isSame, type Tokens } from '../control/tokens';
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

/** Lets an instance with these labels in by this token, or says why not. Whether a token is right takes the same time. */
export async function letRegister(
  secret: string,
  labels: Record<string, string>,
  rule: RegistrationRule | undefined,
  tokens: Pick<Tokens, 'bearerOf'>,
): Promise<void> {
  if (rule !== undefined && isSame(secret, rule.token)) {
    if (rule.expires !== undefined && rule.expires.getTime() <= Date.now()) {
      throw refused('The registration token has expired.');
    }
    const missing = Object.entries(rule.labels).filter(([label, value]) => labels[label] !== value);
    if (missing.length === 0) return;
    const fields = missing.map(([label, value]) => ({
      field: `instance.labels.${label}`,
      message: `instance.labels.${label} must be ${JSON.stringify(value)}: this token registers no others`,
    }));
    throw invalid('the body', fields);
  }
  const bearer = await tokens.bearerOf(secret);
  if (bearer.kind !== 'known') throw refused('The token does not let anything be registered.');
  const { role, environments } = bearer.token;
  if (role !== 'agent') throw refused(`A token of the role ${role} does not let anything be registered.`);
  const environment = labels.environment ?? labels.env;
  if (environments !== undefined && (environment === undefined || !environments.includes(environment))) {
    const message = `instance.labels.environment must be one of ${environments.join(', ')}: this token registers no others`;
    throw invalid('the body', [{ field: 'instance.labels.environment', message }]);
  }
}

function refused(message: string): HttpError {
  return new HttpError(401, 'unauthenticated', message, { hints: HINTS });
}
