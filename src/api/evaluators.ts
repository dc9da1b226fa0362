import type { FastifyRequest } from 'fastify';
import type { FlagCache } from '../control/flag-cache';
import { hashOf, type Bearer, type TokenRow, type Tokens } from '../control/tokens';
import { accessOf, bearerIn } from './access';

/** Tokens that come and go must not pile up. */
const MOST = 1_000;

/**
 * Tokens of those who evaluate flags, in memory: each is looked up once, and again after any token was revoked. Their
 * requests are many, and cost no question to the database.
 */
export class Evaluators {
  private readonly known = new Map<string, TokenRow>();
  private revoked: string | undefined;

  constructor(
    private readonly tokens: Pick<Tokens, 'bearerOf'>,
    private readonly cache: Pick<FlagCache, 'revoked' | 'renew'>,
  ) {}

  /** Whether an evaluation is asked for by somebody who was let in before. */
  knows(request: FastifyRequest): boolean {
    if (accessOf(request) !== 'evaluator') return false;
    const secret = bearerIn(request);
    return secret !== undefined && this.tokenOf(nameOf(secret)) !== undefined;
  }

  async bearerOf(secret: string): Promise<Bearer> {
    const name = nameOf(secret);
    const token = this.tokenOf(name);
    if (token !== undefined) return { kind: 'known', token };
    if (this.cache.revoked === undefined) await this.cache.renew().catch(() => undefined);
    const before = this.cache.revoked;
    const bearer = await this.tokens.bearerOf(secret);
    // Revoked meanwhile, it may have been read before that.
    const isSure = before !== undefined && before === this.cache.revoked;
    if (bearer.kind === 'known' && isSure) this.keep(name, bearer.token);
    return bearer;
  }

  private tokenOf(name: string): TokenRow | undefined {
    this.forgetRevoked();
    const token = this.known.get(name);
    return token?.expiresAt !== undefined && token.expiresAt.getTime() <= Date.now() ? undefined : token;
  }

  private forgetRevoked(): void {
    if (this.revoked === this.cache.revoked) return;
    this.revoked = this.cache.revoked;
    this.known.clear();
  }

  private keep(name: string, token: TokenRow): void {
    this.forgetRevoked();
    this.known.set(name, token);
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value!);
  }
}

/** Secrets themselves are nowhere, in memory neither. */
function nameOf(secret: string): string {
  return hashOf(secret).toString('base64');
}
