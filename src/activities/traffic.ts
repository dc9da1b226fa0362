import { durationText } from '../domain/duration';
import type { DeploymentSpec } from '../domain';
import type { Sides } from '../domain/strategies/slot';
import type { Routing, Split } from '../domain/traffic';
import { TrafficFault, type TrafficDriver } from '../drivers/traffic/driver';
import { alone } from './alone';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { heartbeating, isAskedToStop, sleep } from './running';
import { establish, isAnyOut, keepOut, settle, type Standings } from './standing';
import type { Acted, Activities } from './types';

/** For so long a router that can't be told is tried again. */
const TRIED_MS = 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

type Input = Parameters<Activities['shiftTraffic']>[0];

/** Shifts requests, or makes the release what is stable; repeated, it answers with what became of it. */
export function shiftTraffic(tools: Tools, input: Input): Promise<Acted> {
  const { generation, number, act } = input;
  return heartbeating(async (signal) => {
    const before = await tools.store.act<Acted>(generation, number);
    if (before !== undefined) return before.answer;
    const fault = await untilDone(tools, input, signal);
    return tools.store.recordAct<Acted>(generation, number, act.kind, fault === undefined ? {} : { fault });
  });
}

/** Tries until every router confirms, or the time for that is over; answers with what stood in the way. */
async function untilDone(tools: Tools, input: Input, signal: AbortSignal): Promise<string | undefined> {
  const { generation, number, act } = input;
  const deployment = await tools.deployments.of(generation);
  if (act.kind === 'shift') {
    await tools.store.recordShift(generation, { number, weight: act.weight, at: new Date(tools.now()) });
  }
  const until = tools.now() + TRIED_MS;
  // Cut off in the middle, nobody would know what routers do.
  const whole = unlessLost(signal);
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    if (isAskedToStop(signal)) return 'it was stopped';
    try {
      await alone(tools, deployment, (held) => carryOut(tools, deployment, input, { held, signal: whole }));
      if (act.kind === 'shift') await tools.store.confirmShift(generation, number, new Date(tools.now()));
      return undefined;
    } catch (error) {
      if (!(error instanceof TrafficFault)) throw error;
      if (tools.now() + wait > until) return `${error.message} (tried for ${durationText(TRIED_MS)})`;
      await sleep(wait, signal).catch((reason: unknown) => {
        if (!isAskedToStop(signal)) throw reason;
      });
    }
  }
}

/** Aborted when the work isn't this worker's any more, and not by whoever wants it to end. */
function unlessLost(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const lost = () => {
    if (!isAskedToStop(signal)) controller.abort(signal.reason);
  };
  signal.addEventListener('abort', lost, { once: true });
  if (signal.aborted) lost();
  return controller.signal;
}

async function carryOut(
  tools: Tools,
  deployment: Deployment,
  { generation, number, act }: Input,
  { held, signal }: { held: () => Promise<void>; signal: AbortSignal },
) {
  const { traffic } = deployment;
  if (traffic === undefined) return;
  const row = await tools.store.deployment(generation);
  if (row?.endedAt !== undefined) throw new TrafficFault('the deployment has ended');
  const { sides } = await tools.deployments.begun(generation);
  if (sides === undefined) throw new Error(`the deployment ${generation} has no sides to shift requests between`);
  const share = async (weight: number) => {
    await held();
    await split(traffic, deployment.request.spec, sides, weight, signal);
  };
  if (act.kind === 'settle') {
    await settle(tools, deployment, generation, share, signal);
    // Within the lock: a guard that came in between would undo it.
    await tools.store.recordAct<Acted>(generation, number, act.kind, {});
    return;
  }
  const shifts = await tools.store.shifts(generation);
  if (shifts.some((shift) => shift.number > number)) throw new TrafficFault('a later shift has replaced this one');
  // Whatever the routers were like before: nobody who isn't good on the release may be among those who serve it.
  if (shifts.every((shift) => shift.number === number || shift.confirmedMs === undefined)) {
    await establish(tools, deployment, generation, () => share(act.weight), signal);
  } else {
    await share(act.weight);
  }
}

/**
 * Keeps routers as they were set last: one that was started again has forgotten who is in service. Whether one differs is
 * looked up now and then, until it is cancelled.
 */
export function guardTraffic(tools: Tools, { generation }: Parameters<Activities['guardTraffic']>[0]): Promise<void> {
  return heartbeating(async (signal) => {
    const deployment = await tools.deployments.of(generation);
    const { traffic, request } = deployment;
    const { sides } = await tools.deployments.begun(generation);
    if (traffic === undefined || sides === undefined) return;
    for (let put: Standings | undefined; ;) {
      const before = put;
      try {
        const turn = await alone(tools, deployment, async (held): Promise<Standings | 'over' | undefined> => {
          // It may be a while until it is told to stop, and the next deployment may have begun.
          if ((await tools.store.deployment(generation))?.endedAt !== undefined) return 'over';
          const weight = await weightOf(tools, generation);
          if (weight === undefined || (await tools.store.isSettled(generation))) return undefined;
          const asSet = before !== undefined && (await isAsSet(traffic, sides, weight, signal));
          // Whoever was out may be good by now, and must not be kept out by what was read before.
          if (asSet && !isAnyOut(before)) return before;
          await held();
          const share = async () => {
            if (!asSet) await split(traffic, request.spec, sides, weight, signal);
          };
          return establish(tools, deployment, generation, share, signal, asSet ? before : undefined);
        });
        if (turn === 'over') return;
        put = turn;
        // Not within the lock: it waits for requests that are under way, and a shift must not wait for those.
        if (put !== undefined && put !== before) await keepOut(deployment, put, signal);
      } catch (error) {
        if (!(error instanceof TrafficFault)) throw error;
        // It may be away for a moment; when it is back, all of it is set again.
        put = undefined;
      }
      await sleep(Math.min(request.spec.healthIntervalMs, MOST_BETWEEN_MS), signal);
    }
  });
}

/** What the release is to have. A shift that was given up, as its deployment knows, isn't finished behind its back. */
async function weightOf({ store }: Tools, generation: number): Promise<number | undefined> {
  for (const { number, weight } of (await store.shifts(generation)).reverse()) {
    const told = await store.act<Acted>(generation, number);
    if (told?.answer.fault === undefined) return weight;
  }
  return undefined;
}

/** Until somebody looks, a router that was started again serves as its configuration says. */
const MOST_BETWEEN_MS = 2_000;

async function isAsSet(traffic: TrafficDriver, sides: Sides, weight: number, signal: AbortSignal): Promise<boolean> {
  const now = await traffic.read(signal);
  return now[sides.release] === weight;
}

function split(traffic: TrafficDriver, spec: DeploymentSpec, sides: Sides, weight: number, signal: AbortSignal) {
  const shares: Split = { [sides.before]: 100 - weight, [sides.release]: weight };
  return traffic.shift(shares, routingOf(spec), signal);
}

/** Which requests go where beside the shares. */
export function routingOf({ strategy }: Pick<DeploymentSpec, 'strategy'>): Routing {
  if (strategy.kind !== 'canary' && strategy.kind !== 'experiment') return { match: [] };
  const { match, sticky } = strategy;
  return { match, ...(sticky === undefined ? {} : { sticky }) };
}
