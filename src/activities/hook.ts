import type { HookSpec } from '../domain/hooks';
import type { HookOccasion } from '../drivers/hook/hook';
import { refusalText } from '../drivers/target/refusal';
import type { HookRun } from '../store/hook-runs';
import type { Request } from '../store/types';
import type { Tools } from './dependencies';
import { Refusal } from './refusal';
import { heartbeating, isAskedToStop } from './running';
import type { Acted, Activities } from './types';

type Input = Parameters<Activities['runHook']>[0];

/**
 * Runs a hook of the spec, keeps how it ended, and answers with that whenever it is repeated. A run whose worker is lost
 * before it has ended is begun again.
 */
export function runHook(tools: Tools, input: Input): Promise<Acted> {
  return heartbeating(async (signal) => {
    const { generation, number, act } = input;
    const told = await tools.store.act<Answer>(generation, number);
    if (told !== undefined) return actedOf(told.answer);
    const { hook, moment } = act;
    const began = tools.now();
    let output = '';
    const fault = await faultOf(tools, input, signal, (printed) => {
      output = printed;
    });
    const run: HookRun = { hook, moment, took_ms: tools.now() - began, ...(output !== '' && { output }) };
    const line =
      fault === undefined
        ? { type: 'hook_done', reason: `${hook} (${moment})` }
        : { type: 'hook_failed', reason: `${moment}: ${fault}` };
    const answer: Answer = { ...run, ...(fault === undefined ? {} : { fault }) };
    return actedOf(await tools.store.recordAct(generation, number, act.kind, answer, line));
  });
}

/** What is kept of a run. */
type Answer = HookRun & Pick<Acted, 'fault'>;

/** What it printed is nobody's business but people's: the workflow's history has no room for it. */
function actedOf({ fault }: Answer): Acted {
  return fault === undefined ? {} : { fault };
}

async function faultOf(
  tools: Tools,
  input: Input,
  signal: AbortSignal,
  printed: (output: string) => void,
): Promise<string | undefined> {
  const { hook } = input.act;
  const { request } = await tools.deployments.of(input.generation);
  const spec = hookNamed(request, hook);
  if (spec === undefined) return `the deployment has no hook ${hook}`;
  try {
    return await tools.hooks(spec).run(await occasionOf(tools, input), signal, printed);
  } catch (error) {
    if (isAskedToStop(signal)) return `the hook ${hook} was ended, because the deployment was told to stop`;
    throw error;
  }
}

/** Of the spec alone: a hook may be called `constructor`. */
function hookNamed({ spec: { hooks = {} } }: Request, name: string): HookSpec | undefined {
  return Object.hasOwn(hooks, name) ? hooks[name] : undefined;
}

async function occasionOf({ store }: Tools, { generation, number, act }: Input): Promise<HookOccasion> {
  const row = await store.deployment(generation);
  if (row === undefined) throw new Error(`the deployment ${generation} is not in the database`);
  const { service, environment, status, release, previous_release: previous, traffic_percent, reason } = row.document;
  return {
    service,
    environment,
    generation,
    number,
    release,
    previous,
    hook: act.hook,
    moment: act.moment,
    status: act.status ?? status,
    weight: act.weight ?? traffic_percent,
    reason: act.reason ?? reason,
  };
}

/** Refuses hooks that this machine can't run, before anything is touched. Going back is never refused. */
export async function refuseUnrunnable({ hooks }: Tools, { kind, spec }: Request): Promise<void> {
  if (kind === 'rollback') return;
  const named = Object.entries(spec.hooks ?? {});
  const problems = await Promise.all(named.map(([name, hook]) => hooks(hook).problems(name)));
  if (problems.flat().length > 0) throw new Refusal(refusalText('hooks', problems.flat()));
}
