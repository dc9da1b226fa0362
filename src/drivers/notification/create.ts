import { InputError } from '../../domain/errors';
import { slackDocument, webhookDocument } from '../../domain/notification/message';
import type { NotificationTarget } from '../../domain/notification/target';
import { said } from '../../domain/said';
import { exchange, type HttpAnswer } from '../target/http';
import { longestFirst, redact, resolveEnv } from '../target/secrets';
import { urlSecrets } from '../target/url-secrets';
import { lastLine } from '../target/words';
import type { Sender } from './sender';
import { signatureOf } from './signature';

/** Whoever guesses it may tell what they like. */
const SHORTEST = 16;

/**
 * Whoever sends to that target, with the address and the secret that are in that environment.
 * @throws InputError where one of them isn't there, or can't be meant
 */
export function createSender(
  target: NotificationTarget,
  environment: NodeJS.ProcessEnv,
  now: () => Date = () => new Date(),
): Sender {
  const { url, secrets } = addressOf(target, environment);
  const secret = target.kind === 'webhook' ? secretOf(target, environment) : undefined;
  return {
    async send(message, signal) {
      const body = JSON.stringify(target.kind === 'slack' ? slackDocument(message) : webhookDocument(message));
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'belay',
        'belay-delivery': message.id,
        ...(secret === undefined ? {} : { 'belay-signature': signatureOf(secret, now(), body) }),
      };
      const { timeoutMs } = target;
      const limits = { connectTimeoutMs: timeoutMs, timeoutMs };
      const answer = await exchange(url, { method: 'POST', headers, body }, limits, signal);
      return faultOf(answer, url, (text) => redact(text, secrets));
    },
  };
}

function addressOf({ url: written, place }: NotificationTarget, environment: NodeJS.ProcessEnv) {
  const { values, secrets, unset } = resolveEnv({ url: written }, environment);
  if (unset.length > 0)
    throw new InputError(`${place}.url: ${unset.join(', ')} is not set here; set it, and start again`);
  const text = values['url'] ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new InputError(`${place}.url is no http or https address; correct it, or the variable that it names`);
  }
  return { url, secrets: longestFirst([...secrets, ...urlSecrets(written, text)]) };
}

function secretOf(
  { secretEnv, place }: Extract<NotificationTarget, { kind: 'webhook' }>,
  environment: NodeJS.ProcessEnv,
): string {
  const secret = environment[secretEnv]?.trim() ?? '';
  const remedy = '`openssl rand -hex 32` makes a good one';
  if (secret === '') throw new InputError(`${place}.secret_env: ${secretEnv} is not set here; set it (${remedy})`);
  if (secret.length >= SHORTEST) return secret;
  throw new InputError(`${place}.secret_env: ${secretEnv} has fewer than ${SHORTEST} characters; ${remedy}`);
}

/** Redirects are not followed: what is signed is for one receiver. Secrets go before anything is shortened. */
function faultOf(answer: HttpAnswer, { host }: URL, clean: (text: string) => string): string | undefined {
  if (answer.kind === 'none') return clean(answer.reason);
  if (answer.status >= 200 && answer.status < 300) return undefined;
  const { location } = answer;
  const why = location === undefined ? lastLine(clean(answer.body)) : `a redirect to ${said(clean(location))}`;
  return `${clean(host)} answered ${answer.status}${why === undefined ? '' : `: ${why}`}`;
}
