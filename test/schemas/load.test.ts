import { fleetKey } from '../../src/domain/fleet';
import { loadDeployment, readInstances, readPlan, specOfFiles, type DeployOptions } from '../../src/schemas';
import { buildPlan, orderMembers } from '../../src/domain/plan';
import { temporaryFolder } from '../support/files';
import { fleetOf, planSpec } from '../support/plan';
import { inputErrorOf } from '../support/rejection';

const folder = temporaryFolder();
const PLACE = { directory: folder.path };
const ids = ['web-01', 'web-02', 'web-03'];
const versions = { code_version: '1.4.0', configuration_version: '11' };
folder.write(
  'bare.json',
  ids.map((instance_id) => ({ instance_id, ...versions })),
);
folder.write(
  'real.json',
  ids.map((instance_id) => ({ instance_id, ...versions, address: `${instance_id}:80` })),
);

function load(fleet: string, driver: string, options: DeployOptions = {}) {
  const text = `service: web
environment: production
release: { code_version: 1.5.0, configuration_version: 12 }
fleet: ${fleet}
driver: ${driver}
`;
  return loadDeployment(folder.write('deployment.yaml', text), options, PLACE, async (fleet) =>
    readInstances(fleetKey(fleet)),
  );
}

const HTTP = '{ type: command, update: [./up], health: { type: http, path: /health } }';
const SSH = '{ type: ssh, user: deploy, update: [./up], health: { type: command, run: [./ok] } }';
const BY_COMMAND = '{ type: command, update: [./up], health: { type: command, run: [./ok] } }';

it('is a spec with the fleet that it names', async () => {
  const { spec, instances } = await load('{ file: real.json, first: [web-02] }', HTTP);
  expect(instances.map(({ name }) => name)).toEqual(ids);
  expect(spec.selection.first).toEqual(['web-02']);
  expect((await load('{ file: bare.json }', BY_COMMAND)).instances).toHaveLength(3);
});

it.each([
  [
    '{ file: bare.json, exclude: [web-01, web-3] }',
    '{ type: simulated }',
    {},
    'deployment.yaml:4:45: fleet.exclude names "web-3", which the fleet doesn\'t have; did you mean "web-',
  ],
  [
    '{ file: bare.json, first: [web-9] }',
    '{ type: simulated }',
    { only: ['nope'] },
    '--only names "nope", which the fleet doesn\'t have; it has web-01, web-02, web-03',
  ],
  [
    '{ file: bare.json, first: [web-01], exclude: [web-01] }',
    '{ type: simulated }',
    {},
    'deployment.yaml:4:35: fleet.first names web-01, which only or exclude leaves out',
  ],
  [
    '{ file: bare.json }',
    '{ type: simulated, failures: { web-9: { kind: fail } } }',
    {},
    'deployment.yaml:5:40: driver.failures names "web-9", which the fleet doesn\'t have',
  ],
  ['{ file: bare.json }', '{ type: simulated }', { exclude: ids }, "--exclude leaves none of the fleet's 3 instances"],
  [
    '{ file: bare.json, exclude: [web-01, web-02, web-03] }',
    '{ type: simulated }',
    {},
    "deployment.yaml:4:27: fleet.exclude leaves none of the fleet's 3 instances; leave at least one",
  ],
  [
    '{ file: bare.json, exclude: [web-02] }',
    '{ type: simulated }',
    { only: ['web-02'] },
    "deployment.yaml:4:27: --only and fleet.exclude leave none of the fleet's 3 instances",
  ],
  ['{ file: bare.json }', '{ type: simulated }', { only: [] }, '--only names no instance'],
  [
    '{ file: bare.json, only: [] }',
    '{ type: simulated }',
    {},
    'deployment.yaml:4:33: fleet.only is an empty list; write a list of instance ids, like [web-03], or leave it out to target all',
  ],
  [
    '{ file: bare.json, exclude: [web-01] }',
    HTTP,
    {},
    'bare.json: lists no address for web-02, web-03, and driver.health asks over HTTP',
  ],
  [
    '{ file: bare.json }',
    SSH,
    {},
    'bare.json: lists no address for web-01, web-02, web-03, and it names the host to connect to; write "address": "host:port" for each',
  ],
  [
    '{ file: bare.json }',
    SSH.replace('user', 'host_label: ssh_host, user'),
    {},
    'bare.json: lists no label ssh_host for web-01, web-02, web-03, and driver.host_label takes the host from it',
  ],
  ['{ file: real.json }', HTTP, { driver: 'simulated', batchSize: '0' }, '--batch-size is 0'],
])('fleet: %s, driver: %s with %j is refused', async (fleet, driver, options, said) => {
  expect(await inputErrorOf(load(fleet, driver, options))).toContain(said);
});

describe('the groups of a fleet', () => {
  const listed = (slots: Record<string, string | undefined>) =>
    Object.entries(slots).map(([instance_id, slot]) => ({
      instance_id,
      ...versions,
      labels: slot === undefined ? {} : { slot },
    }));
  const router = (backends: string) =>
    `traffic: { type: haproxy, endpoints: ["a:1"], map: /m, backends: ${backends} }\n`;
  const BLUE_GREEN = router('{ blue: b, green: g }') + 'strategy: { type: blue_green }\n';
  const BY_LIST = (slots: string) =>
    `${router('{ blue: b, green: g }')}strategy: { type: blue_green, slots: ${slots} }\n`;

  function loadGroups(slots: Record<string, string | undefined>, more: string, exclude = '[]') {
    folder.write('slots.json', listed(slots));
    return load(`{ file: slots.json, exclude: ${exclude} }`, `{ type: simulated }\n${more}`);
  }

  it.each([
    [{ a: 'blue', b: 'green' }, BLUE_GREEN],
    [{ a: undefined, b: undefined }, BY_LIST('{ blue: [a], green: [b] }')],
    [{ a: 'blue', b: undefined }, 'groups: { by: slot, order: [blue] }\n'],
    // A region may be empty for now.
    [{ a: 'blue', b: 'green' }, 'groups: { by: slot, order: [red, blue, green] }\n'],
  ])('%j fit', async (slots, more) => {
    expect((await loadGroups(slots, more)).instances).toHaveLength(2);
  });

  it('are not those of instances that are left out', async () => {
    const { spec } = await loadGroups({ a: 'blue', b: 'green', c: undefined }, BLUE_GREEN, '[c]');
    expect(spec.selection.exclude).toEqual(['c']);
  });

  const HALVES = { a: 'blue', b: 'blue', c: 'green', d: 'green' };

  it('are taken in part where those that are left out have routers of their own', async () => {
    const rows = Object.entries(HALVES).map(([instance_id, slot], i) => ({
      instance_id,
      ...versions,
      labels: { slot, region: i % 2 === 0 ? 'eu' : 'us' },
    }));
    folder.write('regions.json', rows);
    const own = BLUE_GREEN.replace('"a:1"', '"{{group}}:1"');
    const groups = 'groups: { by: region, order: [eu, us] }\n';
    const { spec } = await load('{ file: regions.json, only: [a, c] }', `{ type: simulated }\n${own}${groups}`);
    expect(spec.selection.only).toEqual(['a', 'c']);
  });

  it('may have a member excluded by its name', async () => {
    folder.write('slots.json', listed(HALVES));
    const { spec } = await load('{ file: slots.json, exclude: [d] }', `{ type: simulated }\n${BLUE_GREEN}`);
    expect(spec.selection.exclude).toEqual(['d']);
  });

  it.each<[string, DeployOptions, string]>([
    [
      '[]',
      { only: ['a', 'c'] },
      '--only leaves out b (blue), d (green), and blue_green switches all requests to a whole group, whatever its members run; target all of both, or take those out of the fleet and out of their backend',
    ],
    ['[b]', { only: ['a', 'c'] }, '4:28: --only and fleet.exclude leave out d (green), and blue_green'],
  ])('are not taken in part: exclude %s with %j', async (exclude, options, said) => {
    folder.write('slots.json', listed(HALVES));
    const fleet = `{ file: slots.json, exclude: ${exclude} }`;
    expect(await inputErrorOf(load(fleet, `{ type: simulated }\n${BLUE_GREEN}`, options))).toContain(said);
  });

  it.each<[Record<string, string | undefined>, string, string]>([
    [
      { a: 'blue', b: undefined, c: undefined },
      BLUE_GREEN,
      '7:1: strategy.slot_label is slot, and b, c carry no such label; give each instance the label, like "labels": { "slot": "blue" }',
    ],
    [{ a: 'blue', b: 'blue' }, BLUE_GREEN, '7:1: strategy.slot_label is slot, of which the fleet has one value (blue)'],
    [
      { a: 'blue', b: 'green', c: 'red' },
      BLUE_GREEN,
      'the fleet has 3 values (blue, green, red); blue_green needs two',
    ],
    [
      { a: 'one', b: 'two' },
      BLUE_GREEN,
      '6:66: traffic.backends are of blue, green, and the groups of the fleet are one, two; write a backend for each',
    ],
    [
      { 'web-01': 'blue', 'web-02': 'green' },
      BY_LIST('{ blue: [web-01], green: [web-2] }'),
      '7:64: strategy.slots.green names "web-2", which the fleet doesn\'t have; did you mean',
    ],
    [
      { a: 'blue', b: 'green', c: 'green' },
      BY_LIST('{ blue: [a], green: [b] }'),
      '7:38: strategy.slots leaves out c; put each into a group, or exclude it',
    ],
    [
      { a: 'blue', b: 'green' },
      'groups: { by: slto, order: [blue] }\n',
      '6:15: groups.by is "slto", a label that no instance of the fleet carries; did you mean "slot"?',
    ],
    [
      { a: 'blue', b: 'green' },
      'groups: { by: slot, order: [blue, gren] }\n',
      '6:35: groups.order names "gren", a slot that no instance of the fleet has; did you mean "green"?',
    ],
    [
      { a: 'blue', b: 'green' },
      'groups: { by: slot, order: [blue, eu] }\n',
      'groups.order names "eu", a slot that no instance of the fleet has; it has blue, green',
    ],
  ])('%j do not fit', async (slots, more, said) => {
    expect(await inputErrorOf(loadGroups(slots, more))).toContain(said);
  });
});

it('two files are checked against each other, too', async () => {
  const desired = folder.write('desired.json', versions);
  const files = { instances: `${folder.path}/bare.json`, desired, options: { only: ['web-04'] } };
  expect(await inputErrorOf(specOfFiles(files, PLACE))).toContain('--only names "web-04"');
});

describe('a plan in a file', () => {
  const spec = planSpec();
  const plan = buildPlan({ spec, members: orderMembers(spec, fleetOf(2)) });

  it('is the plan that was written', async () => {
    const origin = { file: '/srv/deployment.yaml', options: { batchSize: '3', force: true, only: ['web-01'] } };
    expect(await readPlan(folder.write('plan.json', { ...plan, origin }))).toEqual({ ...plan, origin });
  });

  it.each([
    ['something else', {}, 'plan.json:1:1: is no plan of this version of Belay (format is missing); make one'],
    [
      'only its beginning',
      { format: plan.format },
      'plan.json:1:1: is no plan of this version of Belay (service is missing)',
    ],
    ['of another kind', { ...plan, steps: 'none' }, '(steps is "none")'],
    ['a later one', { ...plan, format: 'belay-plan/2' }, 'make one with `belay plan --out FILE`'],
    ['cut off', JSON.stringify(plan).slice(0, 200), "isn't JSON"],
    ['null', 'null', 'is no plan of this version of Belay; make one'],
  ])('is refused when it is %s', async (_, content, said) => {
    expect(await inputErrorOf(readPlan(folder.write('plan.json', content)))).toContain(said);
  });
});
