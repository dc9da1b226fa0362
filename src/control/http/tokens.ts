import type { PeoplesTokens, TokenRole, TokenRow } from '../tokens';
import { pathOf, type Caller } from './caller';
import { date, type Shape } from './shape';

const TOKENS = '/tokens';

/** The tokens of a Belay whose API is asked. */
export function createHttpTokens(caller: Caller): PeoplesTokens {
  return {
    // Under no key: an answer that is kept for a second time would keep the secret.
    create: ({ name, role, environments, services, expiresAt }) =>
      caller.post(TOKENS, (answer) => ({ token: tokenOf(answer), secret: answer.text('secret') }), {
        body: { name, role, environments, services, expires: expiresAt?.toISOString() },
      }),
    list: () => caller.get(TOKENS, (answer) => answer.list('tokens').map(tokenOf)),
    revoke: (name) => caller.delete(`${TOKENS}${pathOf(name)}`, tokenOf),
  };
}

function tokenOf(answer: Shape): TokenRow {
  const texts = (shape: Shape, key: string) => shape.texts(key);
  const { expiresAt } = answer.optional('expires_at', 'expiresAt', date);
  const { revoked } = answer.optional('revoked', 'revoked', (shape, key) => {
    const what = shape.of(key);
    return { at: what.date('at'), by: what.text('by') };
  });
  return {
    name: answer.text('name'),
    role: answer.text('role') as TokenRole,
    ...answer.optional('environments', 'environments', texts),
    ...answer.optional('services', 'services', texts),
    createdAt: answer.date('created_at'),
    createdBy: answer.text('created_by'),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    // Neither in force nor revoked: it has expired.
    expired: !answer.flag('in_force') && (revoked === undefined || (expiresAt?.getTime() ?? Infinity) <= Date.now()),
    ...(revoked === undefined ? {} : { revoked }),
  };
}
