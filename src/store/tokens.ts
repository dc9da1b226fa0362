import { sql } from 'kysely';
import { insertEvent } from './events';
import { first, present, type Db } from './rows';
import type { NewToken, TokenRole, TokenRow, TokenStore } from './token-types';

interface Row {
  name: string;
  secret_hash: Buffer;
  role: TokenRole;
  environments: string[] | null;
  services: string[] | null;
  created_at: Date;
  created_by: string;
  expires_at: Date | null;
  expired: boolean;
  revoked_at: Date | null;
  revoked_by: string | null;
}

const COLUMNS = sql.raw('*, coalesce(expires_at <= clock_timestamp(), false) as expired');
const UNIQUE_VIOLATION = '23505';

/** Tokens, of which the secrets are nowhere. A change and its event are one. */
export function tokensIn(db: Db): TokenStore {
  return {
    async createToken({ name, secretHash, role, environments, services, by, ...rest }: NewToken) {
      try {
        return await db.transaction().execute(async (tx) => {
          const row = await first(
            sql<Row>`insert into tokens (name, secret_hash, role, environments, services, created_by, expires_at)
            values (${name}, ${secretHash}, ${role}, ${environments ?? null}, ${services ?? null}, ${by}, ${rest.expiresAt ?? null})
            returning ${COLUMNS}`,
            tx,
          );
          await insertEvent(tx, { type: 'token_created', by, reason: `${name} (${role})` });
          return row && tokenOf(row);
        });
      } catch (error) {
        if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined;
        throw error;
      }
    },

    async tokenOf(secretHash) {
      const row = await first(
        sql<Row>`/* prepare token_of */ select ${COLUMNS} from tokens where secret_hash = ${secretHash}`,
        db,
      );
      return row && { ...tokenOf(row), secretHash: row.secret_hash };
    },

    async tokens() {
      const { rows } = await sql<Row>`select ${COLUMNS} from tokens order by revoked_at is not null, name, id`.execute(
        db,
      );
      return rows.map(tokenOf);
    },

    async revokeToken(name, by) {
      return db.transaction().execute(async (tx) => {
        const row = await first(
          sql<Row>`update tokens set revoked_at = clock_timestamp(), revoked_by = ${by}
          where name = ${name} and revoked_at is null returning ${COLUMNS}`,
          tx,
        );
        if (row !== undefined) await insertEvent(tx, { type: 'token_revoked', by, reason: name });
        return row && tokenOf(row);
      });
    },
  };
}

function tokenOf(row: Row): TokenRow {
  return present({
    name: row.name,
    role: row.role,
    environments: row.environments,
    services: row.services,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    expired: row.expired,
    revoked: row.revoked_at === null ? undefined : { at: row.revoked_at, by: row.revoked_by ?? '' },
  });
}
