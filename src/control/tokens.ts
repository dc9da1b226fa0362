import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { nearest } from '../domain/names';
import type { TokenRole, TokenRow, TokenStore } from '../store/token-types';
import { NotFound, Refused } from './errors';
export type { TokenRole, TokenRow } from '../store/token-types';

/** A token that is to be made. */
export interface TokenOrder {
  name: string;
  role: TokenRole;
  /** Absent: all of them. */
  environments?: string[];
  services?: string[];
  by: string;
  expiresAt?: Date;
}

/** Whoever showed a secret. */
export type Bearer = { kind: 'known'; token: TokenRow } | { kind: 'unknown' | 'expired' | 'revoked' };

/** Who may ask for what over HTTP. */
export interface Tokens {
  /** The secret is told here and never again. Refused while a token of that name is in force. */
  create(order: TokenOrder): Promise<{ token: TokenRow; secret: string }>;
  list(): Promise<TokenRow[]>;
  /** It ends at once. */
  revoke(name: string, by: string): Promise<TokenRow>;
  bearerOf(secret: string): Promise<Bearer>;
}

/** What people do with them. */
export type PeoplesTokens = Omit<Tokens, 'bearerOf'>;

/** Tokens in a store of this very process. */
export function createTokens(store: TokenStore): Tokens {
  return {
    async create(order) {
      const secret = newSecret();
      const token = await store.createToken({ ...order, secretHash: hashOf(secret) });
      if (token !== undefined) return { token, secret };
      throw new Refused(`there is a token ${order.name} already`, [
        `\`belay token revoke ${order.name}\` ends it; or give the new one another name`,
      ]);
    },
    list: () => store.tokens(),
    async revoke(name, by) {
      const token = await store.revokeToken(name, by);
      if (token !== undefined) return token;
      const names = (await store.tokens()).filter((each) => each.revoked === undefined).map((each) => each.name);
      const meant = nearest(name, names);
      throw new NotFound(`no token ${name} is in force`, meant === undefined ? [] : [`did you mean ${meant}?`]);
    },
    async bearerOf(secret) {
      const hash = hashOf(secret);
      const token = await store.tokenOf(hash);
      if (token === undefined || !timingSafeEqual(token.secretHash, hash)) return { kind: 'unknown' };
      if (token.revoked !== undefined) return { kind: 'revoked' };
      return token.expired ? { kind: 'expired' } : { kind: 'known', token };
    },
  };
}

/** 256 random bits that are recognized as Belay's where they turn up. */
export function newSecret(): string {
  return `belay_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a secret. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether two secrets are the same, in a time that doesn't tell how much of them is. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hashOf(a), hashOf(b));
}
