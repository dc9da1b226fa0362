import { z } from 'zod';
import type { Strategy } from '../../domain';
import { MOMENTS, type HookSpec, type Hooks } from '../../domain/hooks';
import { isName, NAME_RULE } from '../../domain/names';
import { object, variants } from '../object';
import { choice, converted, mapOf, positiveDuration } from '../scalars';
import { byName, NAMED, orNamed } from './by-name';
import { argv, env, variable } from './command-parts';

const bounds = {
  timeout: positiveDuration().prefault('60s').describe('How long it may take; then it has failed.'),
  gate: choice(['true', 'false'])
    .optional()
    .meta({ type: 'true or false', shownDefault: 'true of `pre_…` and of steps' })
    .describe('Whether its failure stops the deployment. Otherwise it is recorded, and that is all.'),
};

const command = object(
  {
    type: z.literal('command').describe('A command is run where the worker runs.'),
    run: argv().describe(
      "argv, without a shell; a relative path counts from this file's folder. Exit status 0 is well.",
    ),
    env: env
      .prefault({})
      .describe(
        'Variables for the command. `${env:NAME}` is resolved where the worker runs, and never stored or printed.',
      ),
    ...bounds,
  },
  'write a map like { type: command, run: [./smoke.sh] }',
);

const url = converted('URL', 'write an address like https://example.com/hook', (text) =>
  URL.canParse(text) && /^https?:\/\/[^/@\s]+(\/|$|\?)/.test(text) ? text : undefined,
);

/** They belong to the connection, and who sends takes them from nobody. */
const OF_THE_CONNECTION = ['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade'];

const headers = mapOf(
  variable,
  'write a map of headers, like { authorization: "Bearer ${env:HOOK_TOKEN}" }',
).superRefine((values, context) => {
  for (const [key, value] of Object.entries(values)) {
    const add = (message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(key))
      add("can't be the name of a header; use letters, digits and dashes");
    else if (OF_THE_CONNECTION.includes(key.toLowerCase()))
      add('belongs to the connection, and is never sent from here; remove it');
    else if (typeof value === 'string' && /[\r\n]/.test(value)) add('has a line break, which no header can; remove it');
  }
});

const http = object(
  {
    type: z.literal('http').describe('An address is told, with JSON by POST, where the worker runs.'),
    url: url.describe('Which one. An answer of 2xx is well.'),
    headers: headers
      .prefault({})
      .describe('Sent with it. `${env:NAME}` is resolved where the worker runs, and never stored or printed.'),
    ...bounds,
  },
  'write a map like { type: http, url: "https://…" }',
);

const KINDS = [command, http] as const;
const WORDS = ['command', 'http'];

/** A hook that is written out. */
export const writtenHook = variants('type', KINDS, WORDS);

const hook = orNamed(variants('type', [...KINDS, byName('hook', 'smoke')], WORDS));

/** What of the user's is run, by its moment or by what a step calls it. */
export const hooks = mapOf(hook, 'write a map like { smoke: { type: command, run: [./smoke.sh] } }')
  .superRefine((values, context) => {
    for (const key of Object.keys(values).filter((each) => !isName(each))) {
      context.addIssue({ code: 'custom', path: [key], message: `can't be the name of a hook: ${NAME_RULE}` });
    }
  })
  .meta({ type: 'map of maps, told apart by `type`' })
  .describe(
    `By name: of a moment at which it is run by itself (${MOMENTS.map((each) => `\`${each}\``).join(', ')}), or of steps that run it.`,
  );

type Parsed = z.output<typeof hooks>;

/** A hook of a belay.yaml; whether it is a gate its use decides, unless it is said there. */
export type DefinedHook = Ungated<HookSpec>;
type Ungated<Each> = Each extends HookSpec ? Omit<Each, 'gate'> & { gate?: boolean } : never;

/** @param directory the folder of the file that it is written in */
export function definedHook(parsed: z.output<typeof writtenHook>, directory: string): DefinedHook {
  const common = {
    timeoutMs: parsed.timeout,
    ...(parsed.gate === undefined ? {} : { gate: parsed.gate === 'true' }),
  };
  if (parsed.type === 'http') return { kind: 'http', url: parsed.url, headers: parsed.headers, ...common };
  return { kind: 'command', run: parsed.run, directory, env: parsed.env, ...common };
}

/** The hooks that a strategy's steps run. */
export function stepHooks(strategy: Strategy): Set<string> {
  const steps = strategy.kind === 'canary' ? strategy.steps : strategy.kind === 'blue_green' ? strategy.validate : [];
  return new Set(steps.flatMap((step) => (step.kind === 'hook' ? [step.hook] : [])));
}

/** A hook as it is used: where nobody says it, what runs before something may stop it, and so may a step. */
export function hookFor(name: string, defined: DefinedHook, steps: ReadonlySet<string>): HookSpec {
  return { ...defined, gate: defined.gate ?? (name.startsWith('pre_') || steps.has(name)) };
}

/** Those that are written out; parameters as above. */
export function hooksOf(parsed: Parsed, directory: string, steps: ReadonlySet<string>): Hooks {
  const known = Object.entries(parsed).flatMap(([name, each]) =>
    each.type === NAMED ? [] : [[name, hookFor(name, definedHook(each, directory), steps)] as const],
  );
  return Object.fromEntries(known);
}

/** What belay.yaml calls those that are named. */
export function hookNamesOf(parsed: Parsed): Record<string, string> {
  const known = Object.entries(parsed).flatMap(([name, each]) => (each.type === NAMED ? [[name, each.name]] : []));
  return Object.fromEntries(known) as Record<string, string>;
}
