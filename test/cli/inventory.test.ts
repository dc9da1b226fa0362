import type { Inventory, InventoryRow } from '../../src/control/inventory';
import type { Tokens, TokenRow } from '../../src/control/tokens';
import type { Session } from '../../src/cli/context';
import { cliContext } from '../support/cli';

const AT = new Date('2026-01-31T12:00:00Z');
const ROW: InventoryRow = {
  name: 'web-01',
  ip: '10.0.0.3',
  labels: { role: 'web' },
  health: 1,
  versions: { codeVersion: '1.0.0', configurationVersion: '1' },
  generation: 3,
  seenAt: AT,
  silent: false,
  registeredAt: AT,
};
const TOKEN: TokenRow = { name: 'ci', role: 'operator', createdAt: AT, createdBy: 'ann@here', expired: false };

function cli(inventory: Partial<Inventory>, tokens: Partial<Tokens> = {}) {
  const session = { inventory, tokens, hosted: false, close: async () => {} } as Session;
  return cliContext({}, { connect: async () => session });
}

describe('instances', () => {
  it('lists what matches, for people and for programs', async () => {
    const asked: unknown[] = [];
    const { run, written } = cli({
      list: async (filter) => {
        asked.push(filter);
        return [ROW];
      },
    });
    expect(await run('instances', 'list', '--label', 'role=web', '--label', 'zone=a', '--status', 'healthy')).toBe(0);
    expect(asked).toEqual([{ labels: { role: 'web', zone: 'a' }, health: 1, limit: 1000 }]);
    expect(written.out.join('\n')).toMatch(/web-01 +healthy +1\.0\.0 \/ 1 +role=web/);
    expect(await run('instances', 'list', '--json')).toBe(0);
    expect(written.documents).toMatchObject([[{ name: 'web-01', status: 1, code_version: '1.0.0', desired: null }]]);
  });

  it('shows one with its heartbeats', async () => {
    const samples = [{ at: AT, health: 2 as const, generation: 3, metrics: { cpu: 0.5 } }];
    const { run, written } = cli({ show: async () => ({ instance: ROW, samples }) });
    expect(await run('instances', 'show', 'web-01')).toBe(0);
    expect(written.out.join('\n')).toMatch(/degraded +unknown +cpu=0\.5/);
  });

  it.each([
    ['exclude', 'web-01 is left out of deployments'],
    ['include', 'web-01 is in deployments again'],
    ['delete', 'web-01 is no longer in the inventory'],
  ])('%s says so', async (word, says) => {
    const { run, written } = cli({ exclude: async () => ROW, include: async () => ROW, remove: async () => {} });
    expect(await run('instances', word, 'web-01', '--reason', 'its disk')).toBe(0);
    expect(written.out.join('\n')).toContain(says);
  });
});

describe('token', () => {
  it('create prints the secret, once, and nothing else on stdout', async () => {
    const orders: unknown[] = [];
    const { run, written } = cli(
      {},
      {
        create: async (order) => {
          orders.push(order);
          return { token: TOKEN, secret: 'belay_abc' };
        },
      },
    );
    expect(await run('token', 'create', 'ci', '--role', 'operator', '--environment', 'staging')).toBe(0);
    expect(orders).toEqual([{ name: 'ci', role: 'operator', by: 'ann@here', environments: ['staging'] }]);
    expect(written.out).toEqual(['belay_abc']);
    expect(await run('token', 'create', 'ci', '--role', 'boss')).toBe(2);
    expect(await run('token', 'create', 'a b', '--role', 'viewer')).toBe(2);
  });

  it('list and revoke', async () => {
    const { run, written } = cli({}, { list: async () => [TOKEN], revoke: async () => TOKEN });
    expect(await run('token', 'list')).toBe(0);
    expect(written.out.join('\n')).toMatch(/ci +operator +\*\/\*/);
    expect(await run('token', 'revoke', 'ci')).toBe(0);
    expect(written.out.at(-1)).toBe('The token ci is revoked.');
  });
});
