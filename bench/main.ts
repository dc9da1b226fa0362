import { beatApi, beatBare, type Beaten, type HeartbeatCase } from './heartbeats';
import { idealAgentsMs, runAgents, type AgentCase } from './agents';
import { cpus, totalmem } from 'node:os';
import { runBare } from './bare/run';
import { idealMs, runCase, type BenchCase } from './rollout';
import { killedToProgress, toFirstTouch } from './moments';
import { toSweep } from './sweep';
import { openStack, peakMemory, type BenchStack } from './stack';

const CASES: BenchCase[] = [
  { name: '100 × 200 ms, batches of 10', instances: 100, latencyMs: 200, batchSize: 10 },
  { name: '1,000 × 200 ms, window 50', instances: 1_000, latencyMs: 200, window: 50 },
  { name: '1,000 × 2 s, window 100', instances: 1_000, latencyMs: 2_000, window: 100 },
  { name: '10,000 without delay, window 100', instances: 10_000, latencyMs: 0, window: 100 },
];

const AGENT_CASES: AgentCase[] = [
  { name: '1,000 agents, a heartbeat a second, window 50', instances: 1_000, window: 50, heartbeatMs: 1_000 },
];

const HEARTBEAT_CASES: HeartbeatCase[] = [
  { name: 'heartbeats over HTTP, 1,000 instances', instances: 1_000, connections: 50, seconds: 10, runs: 3 },
];

const MOMENTS: { name: string; measure: (stack: BenchStack) => Promise<number> }[] = [
  { name: 'command to first touch, a stack running', measure: toFirstTouch },
  { name: 'worker killed to first progress', measure: killedToProgress },
  { name: 'a sweep over 10,000 instances that are in order', measure: toSweep },
];

/** Each in a stack of its own, so that none pays for the one before. `only`: parts of names. */
async function main(only: string[]): Promise<void> {
  const wanted = ({ name }: { name: string }) => only.length === 0 || only.some((part) => name.includes(part));
  const gib = Math.round(totalmem() / 2 ** 30);
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${gib} GiB, Node ${process.version}`,
  );
  for (const one of CASES.filter(wanted)) {
    await inStack(async (stack) => {
      const { wallMs, document } = await runCase(stack.control, stack.folder, one);
      const memory = peakMemory(stack.workerPid());
      const bareMs = await runBare(stack.client, stack.address, one);
      const ideal = idealMs(one);
      const beside = (ms: number) => (ideal === 0 ? seconds(ms) : `${seconds(ms)} (${(ms / ideal).toFixed(2)})`);
      const peak = memory === undefined ? '' : `, worker's peak memory ${memory} MiB`;
      const limit = ideal === 0 ? '' : `, ideal ${seconds(ideal)}`;
      console.log(`${one.name}: ${document.status} in ${beside(wallMs)}${limit}, a bare loop ${beside(bareMs)}${peak}`);
    });
  }
  for (const one of AGENT_CASES.filter(wanted)) {
    await inStack(async (stack) => {
      const { wallMs, document } = await runAgents(stack, one);
      const ideal = idealAgentsMs(one);
      const ratio = (wallMs / ideal).toFixed(2);
      console.log(`${one.name}: ${document.status} in ${seconds(wallMs)} (${ratio}), ideal ${seconds(ideal)}`);
    });
  }
  for (const one of HEARTBEAT_CASES.filter(wanted)) {
    await inStack(async (stack) => {
      console.log(`${one.name}: ${(await beatApi(stack, one)).map(beaten).join(' · ')}`);
      console.log(`a bare PATCH with one UPDATE: ${(await beatBare(stack, one)).map(beaten).join(' · ')}`);
    });
  }
  for (const one of MOMENTS.filter(wanted)) {
    await inStack(async (stack) => console.log(`${one.name}: ${seconds(await one.measure(stack))}`));
  }
}

async function inStack(measure: (stack: BenchStack) => Promise<void>): Promise<void> {
  const stack = await openStack();
  try {
    await measure(stack);
  } finally {
    await stack.close();
  }
}

function beaten({ perSecond, p99Ms, wrong }: Beaten): string {
  return `${perSecond} a second, p99 ${p99Ms} ms${wrong === 0 ? '' : `, ${wrong} went wrong`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

void main(process.argv.slice(2));
