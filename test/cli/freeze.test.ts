import type { Control, FreezeOrder, FreezeRow, Frozen, StartOrder } from '../../src/control/control';
import { Refused } from '../../src/control/errors';
import { cliContext, statusDocument } from '../support/cli';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();

function freezeRow(change: Partial<FreezeRow> = {}): FreezeRow {
  return {
    id: 1,
    scope: { environment: 'production', service: 'web' },
    by: 'bob@there',
    reason: 'audit',
    since: new Date('2026-01-31T14:05:09Z'),
    until: new Date('2026-02-01T08:00:00Z'),
    isInForce: true,
    ...change,
  };
}

const DOCUMENT = {
  scope: 'production/web',
  environment: 'production',
  service: 'web',
  by: 'bob@there',
  reason: 'audit',
  since: '2026-01-31T14:05:09.000Z',
  until: '2026-02-01T08:00:00.000Z',
  in_force: true,
  lifted: null,
};

/** A control that takes every freeze, and keeps what was asked for. */
function freezing(change: Partial<Frozen> = {}) {
  const orders: FreezeOrder[] = [];
  const freeze: Control['freeze'] = async (order) => {
    orders.push(order);
    const freeze = freezeRow({ scope: order.scope, reason: order.reason, by: order.by });
    return { freeze, already: false, in_flight: [], notices: [], ...change };
  };
  return { orders, ...cliContext({ freeze }) };
}

describe('freeze', () => {
  it.each([
    [[], { scope: {} }],
    [['production/*'], { scope: { environment: 'production' } }],
    [['production/web', '--until', '1h30m'], { until: { kind: 'after', ms: 5_400_000 } }],
    [['--until', '2999-01-31T09:00+01:00'], { until: { kind: 'at', at: new Date('2999-01-31T08:00Z') } }],
    [['production/web', '--replace'], { replace: true }],
  ])('%j', async (argv, asked) => {
    const { run, orders } = freezing();
    expect(await run('freeze', ...argv, '--reason', 'audit')).toBe(0);
    expect(orders).toEqual([expect.objectContaining({ by: 'ann@here', reason: 'audit', ...asked })]);
  });

  it('says what it means, what goes on, and how to lift it', async () => {
    const { run, written } = freezing({ in_flight: ['production/web/12'], notices: ['Look out'] });
    expect(await run('freeze', 'production/*', '--reason', 'holidays')).toBe(0);
    expect(written.out).toEqual([
      'production/* is frozen until 2026-02-01 08:00:00 UTC: holidays',
      'New deployments and retries of ended ones are refused there; rollbacks are not.',
      'In flight, and held before their next batch:',
      '  production/web/12',
      "`belay unfreeze 'production/*'` lifts it.",
    ]);
    expect(written.err).toEqual(['Look out']);
  });

  it('is one document with --json', async () => {
    const { run, written } = freezing({ in_flight: ['production/web/12'], replaced: freezeRow() });
    expect(await run('freeze', 'production/web', '--reason', 'audit', '--json')).toBe(0);
    expect(written.documents).toEqual([
      { ...DOCUMENT, by: 'ann@here', already: false, replaced: DOCUMENT, in_flight: ['production/web/12'] },
    ]);
    expect(written.out).toEqual([]);
  });

  it.each([
    [['freeze', 'production/web'], '--reason'],
    [['freeze', '--reason', ''], 'Write why'],
    [['freeze', '--reason', ' '], 'Write why'],
    [['freeze', 'web', '--reason', 'audit'], '"web"'],
    [['freeze', 'production/we b', '--reason', 'audit'], '"we b"'],
    [['freeze', '--reason', 'audit', '--until', 'tomorrow'], '2027-01-02T08:00Z'],
    [['freeze', '--reason', 'audit', '--until', '2999-01-01T09:00'], 'a time with its zone'],
    [['freeze', '--reason', 'audit', '--until', '0s'], 'above 0s'],
    [['freeze', '--reason', 'audit', '--until', '2020-01-01T00:00Z'], 'in the past'],
    [['unfreeze', 'web'], '"web"'],
    [['unfreeze', '--reason', ''], 'Write why'],
    [['deploy', '-f', 'a.yaml', '--override-freeze', ''], 'Write why'],
    [['history', '--freezes', '--instance', 'web-01'], 'keep one'],
  ])('%j: exit 2', async (argv, says) => {
    const { run, written } = cliContext();
    expect(await run(...argv, '--json')).toBe(2);
    expect(written.err.join('\n')).toContain(says);
    expect(written.documents).toEqual([expect.objectContaining({ exit_code: 2 })]);
  });
});

describe('unfreeze', () => {
  const lifted = freezeRow({ isInForce: false, lifted: { at: new Date('2026-01-31T15:00Z'), by: 'ann@here' } });

  it('says what was lifted, and what still binds', async () => {
    const unfreeze: Control['unfreeze'] = async () => ({ freeze: lifted, still: [freezeRow({ scope: {} })] });
    const { run, written } = cliContext({ unfreeze });
    expect(await run('unfreeze', 'production/web')).toBe(0);
    expect(written.out.join('\n')).toMatch(/^The freeze of production\/web is lifted \(bob@there froze .*: audit\)\.$/);
    expect(written.err.join('\n')).toMatch(
      /^Still frozen: bob@there froze everything at .*; `belay unfreeze` lifts it$/,
    );
    expect(await run('unfreeze', 'production/web', '--json')).toBe(0);
    expect(written.documents).toEqual([
      {
        ...DOCUMENT,
        in_force: false,
        lifted: { at: '2026-01-31T15:00:00.000Z', by: 'ann@here', reason: null },
        still_frozen: [expect.objectContaining({ scope: 'everything', environment: null })],
      },
    ]);
  });

  it('of what is not frozen exits 4', async () => {
    const unfreeze = () => Promise.reject(new Refused('production/web is not frozen', ['nothing is frozen now']));
    const { run, written } = cliContext({ unfreeze });
    expect(await run('unfreeze', 'production/web')).toBe(4);
    expect(written.err).toEqual(['refused: production/web is not frozen', '  nothing is frozen now']);
  });
});

describe('what is frozen', () => {
  const until = freezeRow({ scope: { environment: 'local' } });
  const instances = folder.write('instances.json', [
    { instance_id: 'web-01', code_version: '1.4.0', configuration_version: '11' },
  ]);
  const desired = folder.write('desired.json', { code_version: '1.5.0', configuration_version: '12' });
  const files = ['--instances', instances, '--desired', desired];

  it('is shown by status', async () => {
    const overview = async () => ({ running: [], in_flight: [statusDocument()], frozen: [until] });
    const { run, written } = cliContext({ overview });
    expect(await run('status')).toBe(0);
    expect(written.out.join('\n')).toMatch(/FROZEN +SINCE +UNTIL +BY +WHY\nlocal\/\* .* bob@there +audit/);
    expect(await run('status', '--json')).toBe(0);
    expect(written.documents).toEqual([
      expect.objectContaining({ frozen: [{ ...DOCUMENT, scope: 'local/*', environment: 'local', service: null }] }),
    ]);
  });

  it('is listed with what became of it by history --freezes', async () => {
    const asked: unknown[] = [];
    const over = freezeRow({ isInForce: false, lifted: { at: new Date(), by: 'eve', reason: 'done' } });
    const freezes: Control['freezes'] = async (filter) => {
      asked.push(filter);
      return [freezeRow({ scope: {} }), over];
    };
    const { run, written } = cliContext({ freezes });
    expect(await run('history', '--freezes', '--environment', 'production', '--limit', '2')).toBe(0);
    expect(asked).toEqual([{ environment: 'production', limit: 2 }]);
    expect(written.out.join('\n')).toMatch(/everything .* in force\nproduction\/web .* lifted .* by eve: done$/);
    expect(await run('history', '--freezes', '--json')).toBe(0);
    expect(written.documents[0]).toMatchObject([{ scope: 'everything' }, { scope: 'production/web', in_force: false }]);
  });

  it('is told by a dry run, which exits 4; with an override it is a note', async () => {
    const scopes: unknown[] = [];
    const frozen = async (scope: unknown) => {
      scopes.push(scope);
      return [until];
    };
    const { run, written } = cliContext({}, { frozen });
    expect(await run('plan', ...files)).toBe(4);
    expect(await run('deploy', ...files, '--dry-run')).toBe(4);
    const told = /It can't begin: local\/instances-\w+ is frozen: bob@there froze local\/\* at .*: audit; lift it with/;
    expect(written.out[0]).toMatch(told);
    expect(written.out[1]).toMatch(told);
    expect(scopes[0]).toEqual({ environment: 'local', service: expect.stringMatching(/^instances-/) });
    expect(await run('deploy', ...files, '--dry-run', '--override-freeze', 'urgent')).toBe(0);
    expect(written.out[2]).toMatch(/overridden: bob@there froze local\/\*/);
  });

  it('is deployed to with a reason', async () => {
    const orders: Partial<StartOrder>[] = [];
    const start: Control['start'] = async (order) => {
      orders.push(order);
      return { id: 'local/x/1', generation: 1, workflow_id: 'w', run_id: 'r' };
    };
    const retried: unknown[] = [];
    const retry: Control['retry'] = async (_, asker) => {
      retried.push(asker);
      return { kind: 'nothing', reason: 'none' };
    };
    const { run } = cliContext({ start, retry });
    expect(await run('deploy', ...files, '--override-freeze', 'the site is down', '--no-wait')).toBe(0);
    expect(orders).toEqual([expect.objectContaining({ overrideFreeze: 'the site is down' })]);
    expect(await run('retry', 'production/web', '--override-freeze', 'the site is down')).toBe(0);
    expect(retried).toEqual([{ actor: 'ann@here', overrideFreeze: 'the site is down', instances: [] }]);
  });
});
