import { chmodSync, existsSync, readFileSync } from 'node:fs';
import type { CommandTrafficSpec } from '../../../src/domain/traffic';
import { createTrafficDriver } from '../../../src/drivers/traffic/create';
import { temporaryFolder } from '../../support/files';
import { keepsTheContract } from './contract';
import { BY_USER, faultOf, NEVER, NOWHERE, PLACE, whyNot } from './fixtures';

/** A balancer that is a file: commands set it and print it. */
const folder = temporaryFolder();
const told = (name: string) => readFileSync(`${folder.path}/${name}`, 'utf8');
const script = (name: string, body: string) => {
  chmodSync(folder.write(name, `#!/bin/sh\nset -eu\n${body}\n`), 0o755);
  return `./${name}`;
};
const shift = script(
  'shift',
  'echo "{\\"stable\\": $BELAY_WEIGHT_STABLE, \\"canary\\": $BELAY_WEIGHT_CANARY}" > split',
);
const read = script('read', 'cat split');
const SPLIT = { stable: 75, canary: 25 };
const NEED = { groups: ['stable', 'canary'], instances: [], routing: NOWHERE };
const WEB = { name: 'web-03', address: '10.0.0.3:8080', labels: { zone: 'a' } };

function driverOf(changes: Partial<CommandTrafficSpec> = {}, environment: NodeJS.ProcessEnv = process.env) {
  const spec: CommandTrafficSpec = {
    kind: 'command',
    shift: [shift],
    read: [read],
    directory: folder.path,
    env: {},
    drainTimeoutMs: 10_000,
    timeoutMs: 10_000,
    ...changes,
  };
  return createTrafficDriver(spec, PLACE, { environment });
}

describe('the contract', () =>
  keepsTheContract(() => ({
    driver: driverOf(),
    splits: [SPLIT, { stable: 100, canary: 0 }],
    instance: WEB,
    groups: NEED.groups,
  })));

beforeEach(() => folder.write('split', '{ "stable": 100, "canary": 0 }'));

it('sets what it is asked to, and reads it back', async () => {
  const driver = driverOf();
  expect(await driver.refusal(NEED, NEVER)).toBeUndefined();
  expect(await driver.read(NEVER)).toEqual({ stable: 100, canary: 0 });
  await driver.shift(SPLIT, NOWHERE, NEVER);
  expect(await driver.read(NEVER)).toEqual(SPLIT);
});

it('tells the command all that it may need, and nothing of the worker’s own', async () => {
  const all = script('all', 'env > env; echo "$BELAY_SPLIT" > split');
  const routing = { ...BY_USER, match: [{ kind: 'header' as const, name: 'x-canary', value: '1' }] };
  await driverOf({ shift: [all], env: { MESH: 'edge' } }, { PATH: process.env.PATH, DATABASE_URL: 'secret' }).shift(
    SPLIT,
    routing,
    NEVER,
  );
  const lines = told('env').split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'BELAY_WEIGHT_STABLE=75',
      'BELAY_WEIGHT_CANARY=25',
      'BELAY_SPLIT={"stable":75,"canary":25}',
      'BELAY_SERVICE=web',
      'BELAY_ENVIRONMENT=production',
      'BELAY_MATCH=[{"type":"header","name":"x-canary","value":"1"}]',
      'BELAY_STICKY={"type":"cookie","name":"uid"}',
      'MESH=edge',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('DATABASE_URL'))).toEqual([]);
});

it('tells groups by names that a shell can have', async () => {
  const slots = script('slots', 'echo "{\\"eu-west.1\\": $BELAY_WEIGHT_EU_WEST_1, \\"b\\": $BELAY_WEIGHT_B}" > split');
  await driverOf({ shift: [slots] }).shift({ 'eu-west.1': 100, b: 0 }, NOWHERE, NEVER);
  const same = { ...NEED, groups: ['eu-west', 'eu.west'] };
  expect(await driverOf().refusal(same, NEVER)).toContain('two groups have the variable BELAY_WEIGHT_EU_WEST');
});

it('takes an instance out and puts it back, where there are commands for that', async () => {
  await driverOf().drain(WEB, NEVER);
  await driverOf().admit(WEB, ['stable'], NEVER);
  const line = 'echo "$INSTANCE_ID $INSTANCE_ADDRESS $INSTANCE_LABEL_ZONE';
  const drain = script('drain', `${line} $BELAY_DRAIN_TIMEOUT" > drained`);
  const admit = script('admit', `${line} $BELAY_GROUPS" > admitted`);
  const driver = driverOf({ drain: [drain], admit: [admit] });
  await driver.drain(WEB, NEVER);
  await driver.admit(WEB, ['stable', 'canary'], NEVER);
  expect(told('drained')).toBe('web-03 10.0.0.3:8080 a 10\n');
  expect(told('admitted')).toBe('web-03 10.0.0.3:8080 a stable,canary\n');
});

it.each<[string, Partial<CommandTrafficSpec>, RegExp]>([
  [
    'fails',
    { shift: [script('fails', 'echo no such route >&2; exit 3')] },
    /^traffic.shift exited with status 3: no such route$/,
  ],
  ['isn’t there', { shift: ['./gone'] }, /^traffic.shift could not be started: .*gone does not exist$/],
  [
    'does nothing',
    { shift: ['true'] },
    /^traffic.read says stable 100%, canary 0% after traffic.shift was to set stable 75%, canary 25%$/,
  ],
  ['hangs', { shift: ['sleep', '60'], timeoutMs: 100 }, /^traffic.shift didn't end within 100ms, and was ended$/],
])('faults when shift %s', async (_, changes, words) => {
  expect(await faultOf(driverOf(changes).shift(SPLIT, NOWHERE, NEVER))).toMatch(words);
});

it.each([
  ['nothing', 'true', 'printed nothing;'],
  ['no JSON', 'echo 75/25', 'printed 75/25;'],
  ['a list', 'echo "[75, 25]"', 'printed [75, 25];'],
  ['no numbers', 'echo \'{"stable":"100"}\'', 'printed {"stable":"100"};'],
  ['less than all', 'echo \'{"stable":75}\'', 'printed {"stable":75};'],
  ['less than nothing', 'echo \'{"stable":120,"canary":-20}\'', 'percents by group are wanted, 100 in all'],
])('faults when read prints %s', async (_, body, words) => {
  const driver = driverOf({ read: [script('prints', body)] });
  expect(await faultOf(driver.read(NEVER))).toContain(
    `traffic.read ${words}`.replace('traffic.read percents', 'percents'),
  );
  expect(await driver.refusal(NEED, NEVER)).toContain(words);
});

it('takes what a balancer rounds', async () => {
  const rounds = script('rounds', 'echo \'{"stable": 75.2, "canary": 24.8}\'');
  await driverOf({ read: [rounds] }).shift(SPLIT, NOWHERE, NEVER);
});

it('never shows a secret, whichever way it is printed', async () => {
  const env = { TOKEN: 'Bearer ${env:MESH_TOKEN}' };
  const worker = { PATH: process.env.PATH, MESH_TOKEN: 'hunter2hunter2' };
  const leak = script('leak', 'echo "$TOKEN"; exit 1');
  const print = script('print', 'echo "$TOKEN"');
  expect(await faultOf(driverOf({ shift: [leak], env }, worker).shift(SPLIT, NOWHERE, NEVER))).toBe(
    'traffic.shift exited with status 1: Bearer [redacted]',
  );
  expect(await faultOf(driverOf({ read: [print], env }, worker).read(NEVER))).toContain('printed Bearer [redacted];');
  const unset = driverOf({ env }, { PATH: process.env.PATH });
  expect(await whyNot(unset, NEED)).toMatch(
    /^unreached: traffic.env: MESH_TOKEN is not set .* or correct traffic.env.$/,
  );
  expect(await faultOf(unset.read(NEVER))).toContain('traffic.env: MESH_TOKEN is not set');
});

it.each<[string, Partial<CommandTrafficSpec>, RegExp]>([
  ['the folder', { directory: '/nowhere' }, /^unreached: the folder \/nowhere/],
  ['a command', { drain: ['./gone'] }, /^unreached: traffic.drain: .*Put it there, or correct/],
  ['a way to the balancer', { read: ['false'] }, /^unreached: traffic.read exited with status 1/],
])('says what this machine lacks: %s', async (_, changes, words) => {
  expect(await whyNot(driverOf(changes), NEED)).toMatch(words);
});

it('ends a command when it is told to stop', async () => {
  const slow = script(
    'slow',
    'trap "echo ended > ended; exit 1" TERM; echo begun > begun; while :; do sleep 0.05; done',
  );
  const stop = new AbortController();
  const shifting = driverOf({ shift: [slow] }).shift(SPLIT, NOWHERE, stop.signal);
  while (!existsSync(`${folder.path}/begun`)) await new Promise(setImmediate);
  const why = new Error('told to stop');
  stop.abort(why);
  await expect(shifting).rejects.toBe(why);
  expect(told('ended')).toBe('ended\n');
});

it('does nothing where there is no router', async () => {
  const driver = createTrafficDriver({ kind: 'nop' }, PLACE, { environment: {} });
  expect(await driver.refusal(NEED, NEVER)).toBeUndefined();
  await driver.shift(SPLIT, NOWHERE, NEVER);
  await driver.drain(WEB, NEVER);
  await driver.admit(WEB, ['stable'], NEVER);
  expect(await driver.read(NEVER)).toEqual({});
});
