import { z } from 'zod';
import type { DriverSpec, HealthCheck, InjectedFailure } from '../../domain';
import { object, variants } from '../object';
import { anyText, choice, converted, duration, integer, line, list, mapOf, positiveDuration } from '../scalars';

const WORD = 'write a word of a command line';

const word = converted('text', WORD, argvWord, (text, right) =>
  text.includes('${env:')
    ? `is ${JSON.stringify(text)}, and no variables are filled into a command line; put it under driver.env, where the command can read it`
    : `is ${JSON.stringify(text)}; ${right}`,
);

function argvWord(text: string): string | undefined {
  return text.includes('\0') || text.includes('${env:') ? undefined : text;
}

export const argv = () =>
  list(word, 'write a list of words, like [./update.sh, --fast]; no shell splits or expands it', 1)
    .refine((words) => words[0]?.trim() !== '', { error: 'starts with an empty word; write the program to run first' })
    .meta({ type: 'list of texts' });

const field = (what: string) =>
  line('write the path of a JSON field, like version or build.version')
    .optional()
    .describe(
      `The JSON field (a dotted path) of the answer that carries the ${what}. Without it, a successful change is taken to have set it.`,
    );

export const versionFields = {
  code_version: field('code version'),
  configuration_version: field('configuration version'),
};

const path = converted('path', 'write a path that starts with a slash, like /health', (text) =>
  /^\/[^\s#]*$/.test(text) ? text : undefined,
);

const httpHealth = object(
  {
    type: z.literal('http').describe('Asked over HTTP.'),
    path: path.describe("Appended to the instance's address."),
    expect_status: integer(100, 599).prefault('200').describe('The HTTP status of a healthy instance.'),
    connect_timeout: positiveDuration().prefault('2s').describe('How long a connection may take.'),
    timeout: positiveDuration().prefault('5s').describe('How long the whole answer may take.'),
    ...versionFields,
  },
  'write { type: http, path: /health }',
);

const commandHealth = object(
  {
    type: z.literal('command').describe('Asked by running a command where the worker runs.'),
    run: argv().describe(
      'argv. Exit status 0 is healthy, 1 degraded, anything else failed; versions are read from JSON on standard output.',
    ),
    timeout: positiveDuration().prefault('10s').describe('How long it may take.'),
    ...versionFields,
  },
  'write { type: command, run: [./health.sh] }',
);

const health = variants('type', [httpHealth, commandHealth], ['http', 'command']).describe(
  'How an instance tells how it is, and what it runs.',
);

const RESERVED = /^(INSTANCE_(ID|ADDRESS|LABEL_.*)|CODE_VERSION|CONFIGURATION_VERSION|PREVIOUS_.*|GENERATION|ATTEMPT)$/;

const variable = anyText('write a text, or ${env:NAME} for a variable of the worker').refine(
  (text) => /^(?:(?!\$\{env:)[^]|\$\{env:[A-Za-z_][A-Za-z0-9_]*\})*$/.test(text),
  { error: 'has a ${env:…} that names no variable; write ${env:NAME} with letters, digits and underscores' },
);

export const env = mapOf(variable, 'write a map of variables, like { TOKEN: "${env:DEPLOY_TOKEN}" }').superRefine(
  (values, context) => {
    for (const key of Object.keys(values)) {
      const problem = variableProblem(key);
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [key], message: problem });
    }
  },
);

function variableProblem(key: string): string | undefined {
  if (RESERVED.test(key)) return 'is a variable that Belay sets itself; choose another name';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return "can't name a variable; use letters, digits and underscores";
  return undefined;
}

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

/** An absent health check is worth a reason: people who write their first file leave it out. */
function requiredHealth() {
  return z
    .unknown()
    .refine((value) => value !== undefined, {
      error:
        'is missing; write one, like { type: http, path: /health }: an update that ends is not yet an instance that works, and only its health tells',
    })
    .pipe(health);
}

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

export const driver = variants(
  'type',
  [commandDriver, simulatedDriver, agentDriver],
  ['command', 'simulated', 'agent'],
  ['ssh'],
).describe('How Belay reaches the instances. There is no default: changing nothing is asked for by `type: simulated`.');

/** @param directory the folder of the spec's file */
export function driverSpec(parsed: z.output<typeof driver>, directory: string): DriverSpec {
  if (parsed.type === 'agent') return { kind: 'agent' };
  if (parsed.type === 'simulated') {
    const failures = Object.entries(parsed.failures).map(([name, { kind, times }]): [string, InjectedFailure] => [
      name,
      { kind, ...(times === undefined ? {} : { times }) },
    ]);
    return { kind: 'simulated', latencyMs: parsed.latency, failures: Object.fromEntries(failures) };
  }
  return { kind: 'command', update: parsed.update, directory, env: parsed.env, health: healthCheck(parsed.health) };
}

function healthCheck(parsed: z.output<typeof health>): HealthCheck {
  const { code_version, configuration_version, timeout } = parsed;
  const common = {
    timeoutMs: timeout,
    ...(code_version === undefined ? {} : { codeVersion: code_version }),
    ...(configuration_version === undefined ? {} : { configurationVersion: configuration_version }),
  };
  if (parsed.type === 'command') return { kind: 'command', run: parsed.run, ...common };
  const { path, expect_status: expectStatus, connect_timeout: connectTimeoutMs } = parsed;
  return { kind: 'http', path, expectStatus, connectTimeoutMs, ...common };
}
