import autocannon from 'autocannon';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPart } from '../src/stack/part-process';
import { freePort } from '../src/stack/ports';
import type { BenchStack } from './stack';

/** Agents that beat as fast as they are answered, over as many connections. */
export interface HeartbeatCase {
  name: string;
  instances: number;
  connections: number;
  seconds: number;
  runs: number;
}

/** Heartbeats a second, and the milliseconds within which 99 of 100 are answered. */
export interface Beaten {
  perSecond: number;
  p99Ms: number;
  /** Answers that were no success. */
  wrong: number;
}

const HOST = '127.0.0.1';
const REGISTRATION = 'the-registration-of-the-bench';
const BODY = JSON.stringify({
  code_version: '1.0.0',
  configuration_version: '1',
  status: 1,
  metrics: { response_time_ms: 12, error_rate: 0.01, cpu: 0.2, memory: 0.4 },
});

/** The API as a process of its own, as `belay api` runs it, but for its limits. */
export async function beatApi(stack: BenchStack, one: HeartbeatCase): Promise<Beaten[]> {
  const port = await freePort();
  const most = 1e9;
  const server = await startPart(stack.folder, {
    kind: 'server',
    config: {
      ...stack.servers,
      listen: { host: HOST, port },
      settings: {
        heartbeat: { intervalMs: 10_000, unknownAfterMs: 30_000 },
        registration: { token: REGISTRATION, labels: {} },
        limits: { perAddress: most, perToken: most, failures: most },
      },
    },
  });
  try {
    const url = `http://${HOST}:${port}`;
    const requests: autocannon.Request[] = [];
    for (let index = 0; index < one.instances; index++) {
      const name = `beat-${index}`;
      const answer = await fetch(`${url}/inventory/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ instance: { ip: HOST, name, labels: { fleet: 'beats' } }, token: REGISTRATION }),
      });
      const { secret } = (await answer.json()) as { secret: string };
      requests.push(requestOf(`/inventory/instances/${name}`, { authorization: `Bearer ${secret}` }));
    }
    return await runs(url, requests, one);
  } finally {
    await server.stop();
  }
}

/** A bare server beside it, in the same database. */
export async function beatBare(stack: BenchStack, one: HeartbeatCase): Promise<Beaten[]> {
  const { databaseUrl } = stack.servers;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`create table bare_instances (name text primary key, status int, seen_at timestamptz)`);
  await client.query(`insert into bare_instances select 'beat-' || n, 0, now() from generate_series(0, $1) n`, [
    one.instances - 1,
  ]);
  await client.end();
  const child = fork(join(__dirname, 'bare/heartbeats.ts'), [], { execArgv: ['--import', 'tsx'] });
  child.send(databaseUrl);
  const [url] = (await once(child, 'message')) as [string];
  try {
    const requests = Array.from({ length: one.instances }, (_, index) => requestOf(`/instances/beat-${index}`, {}));
    return await runs(url, requests, one);
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
}

function requestOf(path: string, headers: Record<string, string>): autocannon.Request {
  return { method: 'PATCH', path, headers: { ...headers, 'content-type': 'application/json' }, body: BODY };
}

async function runs(url: string, requests: autocannon.Request[], one: HeartbeatCase): Promise<Beaten[]> {
  const results: Beaten[] = [];
  for (let run = 0; run < one.runs; run++) {
    let client = 0;
    const {
      requests: sent,
      latency,
      non2xx,
      errors,
    } = await autocannon({
      url,
      connections: one.connections,
      duration: one.seconds,
      // An instance beats over one connection only.
      setupClient: (each) => {
        const own = client++;
        each.setRequests(requests.filter((_, index) => index % one.connections === own % one.connections));
      },
    });
    results.push({ perSecond: Math.round(sent.average), p99Ms: latency.p99, wrong: non2xx + errors });
  }
  return results;
}
