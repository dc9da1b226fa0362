import type { HookSpec } from '../../domain/hooks';
import { exchange, type HttpAnswer } from '../target/http';
import { said } from '../../domain/said';
import { longestFirst, redact, resolveEnv, unsetWords, type ResolvedEnv } from '../target/secrets';
import { urlSecrets } from '../target/url-secrets';
import { tail } from '../target/output';
import { lastLine } from '../target/words';
import type { Hook, HookOccasion } from './hook';
import { documentOf, hookWords, runKey } from './told';

/** The key under which the address itself is resolved: no header is called like this. */
const URL_KEY = ' url';

/** A POST to an address of the user's; whatever answers 2xx has done it. */
export class HttpHook implements Hook {
  private readonly env: ResolvedEnv;

  constructor(
    private readonly spec: Extract<HookSpec, { kind: 'http' }>,
    environment: NodeJS.ProcessEnv,
  ) {
    const env = resolveEnv({ ...spec.headers, [URL_KEY]: spec.url }, environment);
    const ofUrl = urlSecrets(spec.url, env.values[URL_KEY] ?? '');
    this.env = { ...env, secrets: longestFirst([...env.secrets, ...ofUrl]) };
  }

  async problems(name: string): Promise<string[]> {
    if (this.env.unset.length > 0) return [unsetWords(this.env, `hooks.${name}`)];
    if (this.address() === undefined) return [`hooks.${name}.url is no http or https address. Correct it.`];
    const wrong = this.unsendable();
    if (wrong === undefined) return [];
    return [
      `hooks.${name}.headers.${wrong} has a value that no header can hold. Correct it, or the variable it names.`,
    ];
  }

  async run(
    occasion: HookOccasion,
    signal: AbortSignal,
    printed: (output: string) => void = () => {},
  ): Promise<string | undefined> {
    signal.throwIfAborted();
    const [problem] = await this.problems(occasion.hook);
    const url = this.address();
    if (problem !== undefined || url === undefined) return `${hookWords(occasion)} was not run: ${problem}`;
    const { [URL_KEY]: _, ...headers } = this.env.values;
    const { timeoutMs } = this.spec;
    const answer = await exchange(
      url,
      {
        method: 'POST',
        headers: {
          'user-agent': 'belay',
          ...lowerCased(headers),
          'content-type': 'application/json',
          'idempotency-key': runKey(occasion),
        },
        body: JSON.stringify(documentOf(occasion)),
      },
      { connectTimeoutMs: timeoutMs, timeoutMs },
      signal,
    );
    const hidden = (text: string) => redact(text, this.env.secrets);
    if (answer.kind === 'answer') printed(tail(hidden(answer.body)));
    const fault = faultOf(answer, url, hidden);
    return fault && `${hookWords(occasion)} failed: ${fault}`;
  }

  private address(): URL | undefined {
    const text = this.env.values[URL_KEY] ?? '';
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
  }

  private unsendable(): string | undefined {
    const { [URL_KEY]: _, ...headers } = this.env.values;
    return Object.keys(headers).find((name) => /[^\t\x20-\x7e\x80-\xff]/.test(headers[name] ?? ''));
  }
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Redirects are not followed: the order was to send it there. Half of a secret is none that is found: they go first. */
function faultOf(answer: HttpAnswer, { host }: URL, clean: (text: string) => string): string | undefined {
  if (answer.kind === 'none') return clean(answer.reason);
  if (answer.status >= 200 && answer.status < 300) return undefined;
  const answered = `${clean(host)} answered ${answer.status}`;
  if (answer.location !== undefined) return `${answered}, a redirect to ${said(clean(answer.location))}`;
  const last = lastLine(clean(answer.body));
  return last === undefined ? answered : `${answered}: ${last}`;
}
