import { Client } from 'pg';
import { peekEarlier } from '../../src/store';
import { begin, statusDocument, useStore } from './builders';

const used = useStore();

/** Attempts on an instance of a deployment, each with how long it took. */
async function attempt(generation: number, durations: (number | undefined)[], ok = true): Promise<void> {
  const client = new Client({ connectionString: used.database.url });
  await client.connect();
  for (const [index, ms] of durations.entries()) {
    await client.query(
      `insert into attempts (generation, ordinal, towards, round, attempt, fence, started_at, ended_at, ok)
       values ($1, 0, 'release', 0, $2, $1, now(), now() + $3 * interval '1 millisecond', $4)`,
      [generation, index + 1, ms ?? null, ms === undefined ? null : ok],
    );
  }
  await client.end();
}

const earlier = (service: string, driver = 'simulated') =>
  peekEarlier(used.database.url, { environment: 'test', service }, driver);

describe('what is known of a service', () => {
  it('is nothing before its first deployment', async () => {
    expect(await earlier('new')).toEqual({});
  });

  it('is how long its latest good changes took, by the same driver, and what is in flight', async () => {
    const { generation, service } = await begin(used.store);
    await attempt(generation, [1_000, 9_000, 2_000, undefined]);
    expect(await earlier(service)).toEqual({
      known: { typicalMs: 2_000, changes: 3 },
      inFlight: { id: `test/${service}/${generation}`, status: 'running', actor: 'ann' },
    });
    expect(await earlier(service, 'command')).not.toHaveProperty('known');
    await used.store.end(
      statusDocument(generation, service, { status: 'aborted', ended_at: new Date().toISOString() }),
    );
    expect(await earlier(service)).not.toHaveProperty('inFlight');
  });

  it('takes no time from what failed', async () => {
    const { generation, service } = await begin(used.store);
    await attempt(generation, [5], false);
    expect(await earlier(service)).not.toHaveProperty('known');
  });
});
