/**
 * What a token lets its bearer do; each of the first three also what those before it may. The others one thing only:
 * `agent` registers instances, `evaluator` asks what users get of flags.
 */
export type TokenRole = 'viewer' | 'operator' | 'admin' | 'agent' | 'evaluator';

export interface NewToken {
  name: string;
  /** SHA-256 of its secret. */
  secretHash: Buffer;
  role: TokenRole;
  /** Absent: all of them. */
  environments?: string[];
  services?: string[];
  by: string;
  expiresAt?: Date;
}

export interface TokenRow {
  name: string;
  role: TokenRole;
  environments?: string[];
  services?: string[];
  createdAt: Date;
  createdBy: string;
  expiresAt?: Date;
  /** By the database's clock. */
  expired: boolean;
  revoked?: { at: Date; by: string };
}

/** Who may ask for what. Every change is an event. */
export interface TokenStore {
  /** Undefined: a token of that name is in force. */
  createToken(token: NewToken): Promise<TokenRow | undefined>;
  /** Also one that has expired or was revoked. */
  tokenOf(secretHash: Buffer): Promise<(TokenRow & { secretHash: Buffer }) | undefined>;
  /** Those in force first, by name. */
  tokens(): Promise<TokenRow[]>;
  /** Undefined: none of that name is in force. */
  revokeToken(name: string, by: string): Promise<TokenRow | undefined>;
}
