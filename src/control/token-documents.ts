import type { TokenRow } from './tokens';

/** A token as JSON, without its secret: `token list --json`, and the API. */
export function tokenDocument({ name, role, environments, services, revoked, expired, ...row }: TokenRow) {
  return {
    name,
    role,
    environments: environments ?? null,
    services: services ?? null,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    expires_at: row.expiresAt?.toISOString() ?? null,
    in_force: !expired && revoked === undefined,
    revoked: revoked === undefined ? null : { at: revoked.at.toISOString(), by: revoked.by },
  };
}
