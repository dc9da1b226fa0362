import { z } from 'zod';
import type { DriverSpec, InjectedFailure } from '../../domain';
import { object, variants } from '../object';
import { choice, duration, integer, mapOf } from '../scalars';
import { byName, NAMED, orNamed } from './by-name';
import { argv, env, healthCheck, requiredHealth } from './command-parts';
import { sshDriver, sshDriverSpec } from './ssh-driver';

const commandDriver = object(
  {
    type: z.literal('command').describe('Each change is one run of a command where the worker runs.'),
    update: argv().describe(
      'argv, run once per instance, without a shell, in the folder of this file; a relative path counts from there.',
    ),
    env: env
      .prefault({})
      .describe(
        'Variables for the command. `${env:NAME}` is resolved where the worker runs, and never stored or printed.',
      ),
    health: requiredHealth(),
  },
  'write a map with type, update and health',
);

const injected = object(
  {
    kind: choice(['fail', 'hang', 'slow', 'crash', 'lie', 'degrade']).describe('What goes wrong with its change.'),
    times: integer(1, 1_000_000).optional().describe('How many attempts it hits; without it, all.'),
  },
  'write a map like { kind: fail, times: 1 }',
);

const simulatedDriver = object(
  {
    type: z.literal('simulated').describe('Nothing real is changed: to try a rollout out.'),
    latency: duration().prefault('200ms').describe('How long each change takes.'),
    failures: mapOf(injected, 'write a map from instances to failures, like { web-03: { kind: fail } }')
      .prefault({})
      .describe('Failures to inject, by instance id. They hit changes towards the release only.'),
  },
  'write a map with type, latency and failures',
);

const agentDriver = object(
  {
    type: z
      .literal('agent')
      .describe('An agent at each instance asks what it should run, and does it by what its own file says.'),
  },
  'write { type: agent }',
);

const KINDS = [commandDriver, sshDriver, simulatedDriver, agentDriver] as const;
const WORDS = ['command', 'ssh', 'simulated', 'agent'];

/** A driver that is written out. */
export const writtenDriver = variants('type', KINDS, WORDS);

/** A driver, or the name of one. */
export const driver = orNamed(variants('type', [...KINDS, byName('driver', 'web-shell')], WORDS)).describe(
  'How Belay reaches the instances. There is no default: changing nothing is asked for by `type: simulated`.',
);

/** The name of a driver that is defined elsewhere. */
export function driverNameOf(parsed: z.output<typeof driver>): string | undefined {
  return parsed.type === NAMED ? parsed.name : undefined;
}

/** @param directory the folder of the spec's file */
export function driverSpec(parsed: z.output<typeof driver>, directory: string): DriverSpec {
  // Whoever knows what the name stands for puts that in its place.
  if (parsed.type === NAMED) return { kind: 'agent' };
  if (parsed.type === 'agent') return { kind: 'agent' };
  if (parsed.type === 'simulated') {
    const failures = Object.entries(parsed.failures).map(([name, { kind, times }]): [string, InjectedFailure] => [
      name,
      { kind, ...(times === undefined ? {} : { times }) },
    ]);
    return { kind: 'simulated', latencyMs: parsed.latency, failures: Object.fromEntries(failures) };
  }
  if (parsed.type === 'ssh') return sshDriverSpec(parsed, directory);
  return { kind: 'command', update: parsed.update, directory, env: parsed.env, health: healthCheck(parsed.health) };
}
