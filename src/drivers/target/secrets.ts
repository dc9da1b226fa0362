import { listed } from './words';

const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** A shorter value would blot out half of the output, and is no secret anyway. */
const SHORTEST_SECRET = 4;
const REDACTED = '[redacted]';

/** A spec's `env` with every `${env:NAME}` resolved from this machine's environment. */
export interface ResolvedEnv {
  values: Record<string, string>;
  /** What must not be seen in any output, longest first. */
  secrets: string[];
  /** Names that are not set here, each once. */
  unset: string[];
}

export function resolveEnv(env: Record<string, string>, environment: NodeJS.ProcessEnv): ResolvedEnv {
  const values: Record<string, string> = {};
  const secrets = new Set<string>();
  const unset = new Set<string>();
  for (const [name, value] of Object.entries(env)) {
    values[name] = value.replace(REFERENCE, (_, reference: string) => {
      // A variable may be called "constructor".
      const resolved = Object.hasOwn(environment, reference) ? environment[reference] : undefined;
      if (resolved === undefined) unset.add(reference);
      // A key of several lines may be printed line by line.
      for (const part of [resolved?.trim() ?? '', ...(resolved ?? '').split(/\r?\n/)]) {
        if (part.length >= SHORTEST_SECRET) secrets.add(part);
      }
      return resolved ?? '';
    });
  }
  return { values, secrets: longestFirst(secrets), unset: [...unset] };
}

/** Each once, in the order in which they are looked for. */
export function longestFirst(secrets: Iterable<string>): string[] {
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

/** What this machine's environment lacks, and what to do; `key` is where the variables are named. */
export function unsetWords({ unset }: ResolvedEnv, key = 'driver.env'): string {
  return (
    `${key}: ${listed(unset)} ${unset.length === 1 ? 'is' : 'are'} not set in the worker's environment. ` +
    `Set what is missing there and start the worker again, or correct ${key}.`
  );
}

/** Replaces secrets in one stream of text, also those that arrive in pieces. */
export class Redactor {
  private readonly pattern: RegExp | undefined;
  private held = '';

  constructor(private readonly secrets: readonly string[]) {
    if (secrets.length > 0) this.pattern = new RegExp(secrets.map(escaped).join('|'), 'g');
  }

  /** What can be shown so far: an end that may be the start of a secret is held back. */
  push(text: string): string {
    if (this.pattern === undefined) return text;
    const all = this.held + text;
    let shown = '';
    let position = 0;
    for (const match of all.matchAll(this.pattern)) {
      const end = match.index + match[0].length;
      // It may still turn out to be the start of a longer one.
      if (end === all.length && this.begins(match[0])) {
        shown += all.slice(position, match.index);
        this.held = match[0];
        return shown;
      }
      shown += all.slice(position, match.index) + REDACTED;
      position = end;
    }
    const rest = all.slice(position);
    const kept = this.unfinished(rest);
    this.held = rest.slice(rest.length - kept);
    return shown + rest.slice(0, rest.length - kept);
  }

  /** The end of what was held back. */
  end(): string {
    const rest = this.held;
    this.held = '';
    return this.pattern === undefined ? rest : rest.replace(this.pattern, REDACTED);
  }

  private begins(text: string): boolean {
    return this.secrets.some((secret) => secret.length > text.length && secret.startsWith(text));
  }

  private unfinished(text: string): number {
    const longest = Math.min(text.length, (this.secrets[0]?.length ?? 1) - 1);
    for (let length = longest; length > 0; length--) {
      if (this.begins(text.slice(-length))) return length;
    }
    return 0;
  }
}

/** A whole text without its secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  const redactor = new Redactor(secrets);
  return redactor.push(text) + redactor.end();
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
