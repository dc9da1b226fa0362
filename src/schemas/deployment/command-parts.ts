import { z } from 'zod';
import type { HealthCheck } from '../../domain';
import { object, variants } from '../object';
import { anyText, converted, integer, line, list, mapOf, positiveDuration } from '../scalars';

const WORD = 'write a word of a command line';

const word = converted('text', WORD, argvWord, (text, right) =>
  text.includes('${env:')
    ? `is ${JSON.stringify(text)}, and no variables are filled into a command line; put it under env, where the command can read it`
    : `is ${JSON.stringify(text)}; ${right}`,
);

function argvWord(text: string): string | undefined {
  return text.includes('\0') || text.includes('${env:') ? undefined : text;
}

/** A command line. */
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
    type: z.literal('command').describe('Asked by running a command, where `update` runs.'),
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

const RESERVED =
  /^(INSTANCE_(ID|ADDRESS|LABEL_.*)|CODE_VERSION|CONFIGURATION_VERSION|PREVIOUS_.*|GENERATION|ATTEMPT|BELAY_ARTIFACT(_FILE)?|BELAY_RELEASE_DIR)$/;

/** A text that may hold variables of the worker. */
export const variable = anyText('write a text, or ${env:NAME} for a variable of the worker').refine(
  (text) => /^(?:(?!\$\{env:)[^]|\$\{env:[A-Za-z_][A-Za-z0-9_]*\})*$/.test(text),
  { error: 'has a ${env:…} that names no variable; write ${env:NAME} with letters, digits and underscores' },
);

/** Variables of a command's environment. */
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

/** An absent health check is worth a reason: people who write their first file leave it out. */
export function requiredHealth() {
  return z
    .unknown()
    .refine((value) => value !== undefined, {
      error:
        'is missing; write one, like { type: http, path: /health }: an update that ends is not yet an instance that works, and only its health tells',
    })
    .pipe(health);
}

/** A health check as the domain knows it. */
export function healthCheck(parsed: z.output<typeof health>): HealthCheck {
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
