import { durationText } from '../domain/duration';
import type { DeploymentSpec } from '../domain';
import { routingOf, type Sides } from '../domain/strategies/slot';
import type { Split } from '../domain/traffic';
import { TrafficFault, type TrafficDriver } from '../drivers/traffic/driver';
import { alone } from './alone';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { sidesIn } from './routable';
import { heartbeating, isAskedToStop, sleep } from './running';
import { establish, settle, type Part } from './standing';
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
    return tools.store.recordAct<Acted>(generation, number, act.kind, {
      ...(fault !== undefined && { fault }),
      ...ofGroup(act),
    });
  });
}

/** Tries until every router confirms, or the time for that is over; answers with what stood in the way. */
async function untilDone(tools: Tools, input: Input, signal: AbortSignal): Promise<string | undefined> {
  const { generation, number, act } = input;
  const deployment = await tools.deployments.of(generation);
  if (act.kind === 'shift') {
    const { weight, group } = act;
    const shift = { number, weight, ...(group === undefined ? {} : { group }), at: new Date(tools.now()) };
    await tools.store.recordShift(generation, shift);
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
  const { group } = act;
  const router = deployment.routers?.in(group);
  if (router === undefined) return;
  const row = await tools.store.deployment(generation);
  if (row?.endedAt !== undefined) throw new TrafficFault('the deployment has ended');
  const sides = sidesIn(await tools.deployments.begun(generation), group);
  if (sides === undefined) throw new Error(`the deployment ${generation} has no sides to shift requests between`);
  const part: Part = { deployment, generation, group };
  const share = async (weight: number) => {
    await held();
    await split(router, deployment.request.spec, sides, weight, signal);
  };
  if (act.kind === 'settle') {
    await settle(tools, part, share, signal);
    // Within the lock: a guard that came in between would undo it.
    await tools.store.recordAct<Acted>(generation, number, act.kind, ofGroup(act));
    return;
  }
  const shifts = (await tools.store.shifts(generation)).filter((shift) => shift.group === group);
  if (shifts.some((shift) => shift.number > number)) throw new TrafficFault('a later shift has replaced this one');
  // Whatever the routers were like before: nobody who isn't good on the release may be among those who serve it.
  if (shifts.every((shift) => shift.number === number || shift.confirmedMs === undefined)) {
    await establish(tools, part, () => share(act.weight), signal);
  } else {
    await share(act.weight);
  }
}

function ofGroup({ group }: Input['act']): Pick<Acted, 'group'> {
  return group === undefined ? {} : { group };
}

/** Has the release get this percent of the requests. */
export function split(router: TrafficDriver, spec: DeploymentSpec, sides: Sides, weight: number, signal: AbortSignal) {
  return router.shift(sharesOf(sides, weight), routingOf(spec), signal);
}

/** What both sides have when the release has this percent. */
export function sharesOf(sides: Sides, weight: number): Split {
  return { [sides.before]: 100 - weight, [sides.release]: weight };
}
