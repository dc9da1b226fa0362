import { z } from 'zod';
import { argv, env, versionFields } from './deployment/command-parts';
import { ip } from './http';
import { object, variants } from './object';
import { anyText, byteSize, converted, integer, line, list, mapOf, name, positiveDuration } from './scalars';

const url = converted('URL', 'write an address like https://belay.internal:7443', (text) => {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' ? text : undefined;
});

const percent = converted('percent', 'write a percent from 0% to 50%, like 20%', (text) => {
  const share = /^(\d{1,2}(?:\.\d+)?)%$/.exec(text)?.[1];
  return share !== undefined && Number(share) <= 50 ? Number(share) / 100 : undefined;
});

const sharedName = converted('name', 'write the name of one file or folder, without a slash', (text) => {
  return /^[^/\\\0]{1,255}$/.test(text) && text !== '.' && text !== '..' ? text : undefined;
});

const interval = positiveDuration().prefault('2s').describe('How often it is asked while an update is under way.');

export const health = variants(
  'type',
  [
    object(
      {
        type: z.literal('http').describe('Asked over HTTP.'),
        url: url.describe('Where the instance tells how it is.'),
        expect_status: integer(100, 599).prefault('200').describe('The HTTP status of a healthy instance.'),
        interval,
        timeout: positiveDuration().prefault('5s').describe('How long the whole answer may take.'),
        ...versionFields,
      },
      'write { type: http, url: "http://127.0.0.1:8080/health" }',
    ),
    object(
      {
        type: z.literal('command').describe('Asked by running a command.'),
        run: argv().describe('argv. Exit status 0 is healthy, 1 degraded, anything else failed.'),
        interval,
        timeout: positiveDuration().prefault('10s').describe('How long it may take.'),
        ...versionFields,
      },
      'write { type: command, run: [./health.sh] }',
    ),
  ],
  ['http', 'command'],
);

/** `agent.yaml`: the whole of it. */
export const agentFile = object(
  {
    control_plane: object(
      {
        url: url.describe("The API's address."),
        ca_file: line('write the path of a file with certificates', 4096)
          .optional()
          .describe('Certificates (PEM) that the API is believed by, in place of the system’s.'),
      },
      'write { url: "https://belay.internal:7443" }',
    ).describe('Where Belay is.'),
    registration_token_file: line('write the path of the file that holds the registration token', 4096).describe(
      'Read when the instance registers; then it has a secret of its own.',
    ),
    name: name('instance').optional().describe('Without it, the name of this machine.'),
    ip: ip.prefault('127.0.0.1').describe('The address that others reach the instance by.'),
    port: integer(1, 65_535).optional().describe('The port that the service listens on.'),
    labels: mapOf(anyText('write a text'), 'write a map of labels, like { role: web }')
      .prefault({})
      .describe('What fleets select instances by.'),
    state_dir: line('write the path of a folder', 4096).describe(
      'Where the agent keeps its secret and the highest generation that it obeyed. One agent each.',
    ),
    update: argv().describe(
      'argv, run without a shell in the folder of this file. An agent runs what its own file says, and nothing else.',
    ),
    env: env.prefault({}).describe("Variables for the command. `${env:NAME}` is resolved from the agent's own."),
    health: health.describe('How the instance tells how it is, and what it runs.'),
    metrics: object(
      { type: z.literal('http'), url: url.describe('Answers with JSON: response_time_ms, error_rate, cpu, …') },
      'write { type: http, url: "http://127.0.0.1:8080/stats" }',
    )
      .optional()
      .describe('Sent along with heartbeats.'),
    heartbeat: object(
      {
        interval: positiveDuration().prefault('10s').describe('Until the API says otherwise.'),
        jitter: percent.prefault('20%').describe('How much earlier or later, by chance.'),
      },
      'write { interval: 10s, jitter: 20% }',
    )
      .prefault({})
      .describe('How often it reports.'),
    timeouts: object(
      {
        download: positiveDuration()
          .prefault('10m')
          .describe('How long an artifact may take to arrive, breaks included.'),
        update: positiveDuration().prefault('5m').describe('How long the update command may take.'),
        health: positiveDuration().prefault('60s').describe('How long until the instance is healthy after it.'),
      },
      'write { download: 10m, update: 5m, health: 60s }',
    )
      .prefault({})
      .describe('How long things may take.'),
    install_dir: line('write the path of a folder', 4096)
      .optional()
      .describe('Where releases that come in artifacts go: releases/, current and shared/. One agent each.'),
    shared: list(sharedName, 'write a list of names, like [log, .env]')
      .prefault([])
      .describe('Names that each release gets a link of, to what is under that name in shared/.'),
    keep_releases: integer(2, 1000).prefault('5').describe('How many are kept, the current one included.'),
    artifact: object(
      {
        max_size: byteSize().prefault('1GiB').describe('How large an artifact may be.'),
        max_unpacked_size: byteSize().prefault('4GiB').describe('How large it may be without its compression.'),
        max_files: integer(1, 10_000_000).prefault('100000').describe('How many files, folders and links it may hold.'),
      },
      'write { max_size: 1GiB, max_unpacked_size: 4GiB, max_files: 100000 }',
    )
      .prefault({})
      .describe('What is refused is told, and changes nothing.'),
  },
  'write a map that starts with control_plane: …',
);
