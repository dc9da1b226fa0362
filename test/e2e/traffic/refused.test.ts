import { cliContext } from '../../support/cli';
import { foresee } from '../../../src/foresight';
import { Belay } from '../../support/belay';
import { BLUE_GREEN, NEW, OLD, Site, SLOTS } from './site';

/** Routers that can't serve a deployment: refused in the plan and by the worker, before anything is touched. */
const STRATEGY = '{ type: blue_green }';

let belay: Belay;
let site: Site;
beforeAll(async () => {
  belay = await Belay.open();
  await belay.work();
  site = await Site.open(belay, { instances: SLOTS, backends: BLUE_GREEN, strategy: STRATEGY });
});
afterAll(async () => {
  await site?.close();
  await belay.shut();
});
afterEach(async () => {
  await site.router.ask(`clear map ${site.router.map}`);
});

interface Case {
  what: string;
  words: string;
  /** Only whoever carries it out can tell: a plan notes it. */
  noted?: true;
  /** What is found already when the files are read, and is no valid input then. */
  input?: string;
  said?: () => Parameters<Site['text']>[1];
  before?: () => unknown;
}

const backends = (text: string) => site.traffic.replace(/backends: \{.*?\}/, `backends: { ${text} }`);
const CASES: Case[] = [
  {
    what: 'a backend that HAProxy doesn’t have',
    words: 'it has no backend web_nowhere; correct traffic.backends, or its configuration',
    said: () => ({ traffic: backends('blue: web_blue, green: web_nowhere') }),
  },
  {
    what: 'groups that are swapped against the backends',
    words:
      'web-03, web-04 of green are servers in web_green, the backend of blue: who serves would be changed; correct',
    said: () => ({ traffic: backends('blue: web_green, green: web_blue') }),
  },
  {
    what: 'a map whose entry names a backend that is not there',
    words: 'names the backend web_gone, which is not there',
    before: () =>
      site.router.ask(`add map ${site.router.map} ${site.place.environment}/${site.place.service} web_gone`),
  },
  {
    what: 'a map that HAProxy’s configuration doesn’t use',
    words: 'its configuration uses no map /nowhere.map. Put the lines of `belay traffic lines` into its frontend.',
    said: () => ({ traffic: site.traffic.replace(/map: [^,]+/, 'map: /nowhere.map') }),
  },
  {
    what: 'an instance without the label that tells its group',
    words: 'web-01 has no label slot, which tells the group; add it, or write strategy.slots',
    input: 'strategy.slot_label is slot, and web-01 carries no such label',
    said: () => ({ fleet: '{ file: slotless.json }' }),
    before: () => {
      const rows = site.fleet.rows.map((row) => (row.instance_id === 'web-01' ? { ...row, labels: {} } : row));
      site.write('slotless.json', JSON.stringify(rows));
    },
  },
  {
    what: 'a router that nobody reaches',
    noted: true,
    words: 'there is no such socket. Start HAProxy with `stats socket … level admin`, or correct traffic.endpoints.',
    said: () => ({ traffic: site.traffic.replace('left.sock', 'nowhere.sock') }),
  },
  {
    what: 'instances that are no servers of the canary',
    words: 'web-01, web-02 are no servers in web_green: none has that name or address',
    said: () => ({ strategy: '{ type: canary }', traffic: backends('stable: web_blue, canary: web_green') }),
  },
];

it.each(CASES)('$what', async ({ words, noted, input, said, before }) => {
  await before?.();
  const text = site.text(NEW, said?.());
  const file = site.write('refused.yaml', text);
  const { run, written } = cliContext(belay.control, {
    foresee: (spec, members) => foresee(spec, members, { flags: async () => undefined }),
  });
  const refused = input === undefined ? 4 : 2;
  expect(await run('plan', '-f', file)).toBe(noted === undefined ? refused : 0);
  expect(await run('deploy', '-f', file)).toBe(refused);
  expect(told(written.err)).toContain(input ?? words);
  if (input === undefined) expect(told(written.out)).toContain(words);
  await expect(site.deploy(text)).rejects.toThrow(words);

  expect(await belay.control.history(site.place)).toEqual([]);
  expect(site.fleet.versions).toEqual([OLD, OLD, OLD, OLD]);
  expect(Object.values(site.fleet.ledgers).flat()).toEqual([]);
  expect(site.failures).toEqual([]);
});

/** Without the breaks of lines that a terminal needs. */
function told(lines: string[]): string {
  return lines.join(' ').replace(/\s+/g, ' ');
}
