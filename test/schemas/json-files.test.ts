import { HEALTH } from '../../src/domain';
import { readDesired, readInstances, readSnapshot } from '../../src/schemas';
import { temporaryFolder } from '../support/files';
import { inputErrorOf } from '../support/rejection';

const folder = temporaryFolder();
const file = (content: unknown) => folder.write('file.json', content);

const WEB = { instance_id: 'web-01', code_version: '1.4.0', configuration_version: '11' };

describe('instances.json', () => {
  it('lists instances with all that is known of them', async () => {
    const instances = await readInstances(
      file([
        { ...WEB, health: 'degraded', address: '10.0.0.1:8080', labels: { zone: 'a' } },
        {
          instance_id: 'web-02',
          code_version: null,
          configuration_version: null,
          address: 'https://web.example.com/b',
        },
      ]),
    );
    expect(instances).toEqual([
      {
        name: 'web-01',
        versions: { codeVersion: '1.4.0', configurationVersion: '11' },
        health: HEALTH.DEGRADED,
        address: '10.0.0.1:8080',
        labels: { zone: 'a' },
      },
      { name: 'web-02', address: 'https://web.example.com/b', labels: {} },
    ]);
  });

  it('keeps numbers as they are written', async () => {
    const text = '[{"instance_id": "a", "code_version": 1.10, "configuration_version": 12}]';
    expect((await readInstances(file(text)))[0]?.versions).toEqual({ codeVersion: '1.10', configurationVersion: '12' });
  });

  it('reads 10,000 instances', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ ...WEB, instance_id: `web-${i}`, labels: { zone: 'a' } }));
    expect(await readInstances(file(many))).toHaveLength(10_000);
  });

  const BAD: [string, unknown, string, ...string[]][] = [
    ['null', 'null', '1:1', 'is empty (null); write a list of instances'],
    ['an object', '{}', '1:1', 'is a map; write a list of instances, like [{'],
    ['an empty fleet', '[]', '1:1', 'is an empty list; write a list of instances'],
    ['a null among them', '[null]', '1:2', '[0] is empty (null); write an object with instance_id'],
    ['an unknown key', [{ ...WEB, healt: 'x' }], '1:78', '[0]: unknown key "healt"; did you mean "health"?'],
    [
      'no id',
      '[{ "code_version": "1", "configuration_version": "1" }]',
      '1:2',
      '[0].instance_id is missing; write the name',
    ],
    [
      'a bad id',
      [{ ...WEB, instance_id: 'web 01' }],
      '1:17',
      '[0].instance_id is "web 01"; write the name of the instance',
    ],
    [
      'a missing version',
      '[{ "instance_id": "a", "code_version": "1" }]',
      '1:2',
      '[0].configuration_version is missing; write the version that the instance runs, or null',
    ],
    [
      'half a version',
      [{ ...WEB, code_version: null }],
      '1:41',
      '[0].code_version is null while the other version is not',
    ],
    [
      'an unknown health',
      [{ ...WEB, health: 'ok' }],
      '1:87',
      '[0].health is "ok"; write one of unknown, healthy, degraded, failed',
    ],
    ['a health in capitals', [{ ...WEB, health: 'HEALTHY' }], '1:87', '[0].health is "HEALTHY"; write one of'],
    [
      'an address without a port',
      [{ ...WEB, address: 'web-01' }],
      '1:88',
      '[0].address is "web-01"; write host:port, or a base URL',
    ],
    ['a port that is none', [{ ...WEB, address: 'web-01:99999' }], '1:88', '[0].address is'],
    [
      'a password in an address',
      [{ ...WEB, address: 'http://a:secret@c' }],
      '1:88',
      '[0].address holds a user name or a password',
    ],
    ['labels in a list', [{ ...WEB, labels: ['a'] }], '1:87', '[0].labels is a list; write a map of texts'],
    ['half a character', [{ ...WEB, labels: { a: '\ud800' } }], '1:92', '[0].labels.a is ', 'write a text'],
    ['a label in depth', [{ ...WEB, labels: { a: {} } }], '1:92', '[0].labels.a is a map; write a text'],
    [
      'labels that become one variable',
      [{ ...WEB, labels: { 'a-b': '1', zone: 'x', a_b: '2' } }],
      '1:115',
      '[0].labels.a_b becomes INSTANCE_LABEL_A_B in a command\'s environment, as "a-b" does; rename one of them',
    ],
    [
      'a duplicate id',
      `[\n${JSON.stringify(WEB)},\n${JSON.stringify(WEB)}\n]`,
      '3:16',
      '[1].instance_id "web-01" is listed already, on line 2; each instance needs an id of its own',
    ],
    [
      'a duplicate key',
      '[{ "instance_id": "a", "instance_id": "b" }]',
      '1:24',
      'has the key "instance_id" twice, first on line 1',
    ],
  ];

  it.each(BAD)('is refused for %s', async (_, content, place, ...said) => {
    const message = await inputErrorOf(readInstances(file(content)));
    expect(message).toContain(`file.json:${place}: `);
    for (const part of said) expect(message).toContain(part);
    expect(message).not.toMatch(/undefined|\[object|Invalid input/);
  });
});

describe('malformed JSON', () => {
  it.each([
    ['[1, 2', '1:6', 'it ends where a comma, or ] that closes the list should be; is it cut off?'],
    ['{', '1:2', 'it ends where } that closes the object should be'],
    ['{ "a": ', '1:8', 'it ends where a value should be'],
    ['[1,\n]', '1:3', 'there is a comma before the closing ]; remove the comma'],
    ['{ "a": 1,\n\n}', '1:9', 'there is a comma before the closing }'],
    ['{ "a": 1\n"b": 2 }', '2:1', '"\\"" where a comma, or } that closes the object should be; write a comma'],
    ['{ a: 1 }', '1:3', '"a" where a key in double quotes should be; texts and keys stand in double quotes'],
    ["{ 'a': 1 }", '1:3', 'single quotes; write double quotes'],
    ['{ "a" 1 }', '1:7', '"1" where a colon after the key "a" should be'],
    ['[web]', '1:2', '"web" where a value should be; texts and keys stand in double quotes'],
    ['[NaN]', '1:2', '"NaN" where a value should be'],
    ['[01]', '1:2', '"01" where a value should be'],
    ['[1.]', '1:2', '"1." where a value should be'],
    ['[1] [2]', '1:5', 'has something after its end'],
    ['[1] // one', '1:5', 'has something after its end'],
    ['[ // one\n1]', '1:3', 'it has a comment; remove it'],
    ['["a\nb"]', '1:2', 'this text has no closing quote'],
    ['["a', '1:2', 'this text has no closing quote'],
    ['["\\x"]', '1:3', 'unknown escape after the backslash'],
    ['["\t"]', '1:3', 'a control character stands in a text'],
    ['['.repeat(5_000), '1:102', 'is nested deeper than 100 levels'],
    ['{ "__proto__": 1 }', '1:3', 'has the key "__proto__"'],
  ])('%j is told at %s', async (text, place, said) => {
    const message = await inputErrorOf(readDesired(file(text)));
    expect(message).toContain(`file.json:${place}: `);
    expect(message).toContain(said);
  });

  it.each([
    ['empty', '', 'is empty; write something into it'],
    ['binary', Buffer.from([0x89, 0x50, 0, 1]), 'is a binary file'],
  ])('an %s file is told without a place', async (_, content, said) => {
    expect(await inputErrorOf(readInstances(file(content)))).toContain(`file.json: ${said}`);
  });
});

describe('desired.json', () => {
  it('names the release', async () => {
    const versions = await readDesired(file('\ufeff{ "code_version": "1.5.0", "configuration_version": 12 }'));
    expect(versions).toEqual({ codeVersion: '1.5.0', configurationVersion: '12' });
  });

  it.each([
    [{ code_version: '1' }, 'configuration_version is missing; write the version of the configuration to bring'],
    [{ code_version: null, configuration_version: '1' }, 'code_version is empty (null); write the version'],
    [{ code_version: '1', config_version: '1', configuration_version: '1' }, 'unknown key "config_version"'],
    [[], 'is a list; write { "code_version"'],
  ])('%j is refused', async (content, said) => {
    expect(await inputErrorOf(readDesired(file(content)))).toContain(said);
  });
});

describe('a snapshot', () => {
  const entry = (id: string) => ({ ...WEB, instance_id: id, health: 'healthy' });

  it('says what each instance ran, and nothing of a first install', async () => {
    const fresh = { instance_id: 'web-02', code_version: null, configuration_version: null, health: 'unknown' };
    const snapshot = await readSnapshot(file({ 'web-01': entry('web-01'), 'web-02': fresh }));
    expect([...snapshot]).toEqual([
      ['web-01', { versions: { codeVersion: '1.4.0', configurationVersion: '11' }, health: HEALTH.HEALTHY }],
      ['web-02', { health: HEALTH.UNKNOWN }],
    ]);
  });

  it('may name fewer instances than the fleet has', async () => {
    const fleet = [
      { name: 'web-01', labels: {} },
      { name: 'web-02', labels: {} },
    ];
    expect((await readSnapshot(file({ 'web-01': entry('web-01') }), fleet)).size).toBe(1);
  });

  it.each([
    [
      'one of another fleet',
      { 'web-1': entry('web-1') },
      '1:2',
      'the snapshot does not fit the fleet: it names "web-1", which the fleet doesn\'t list; did you mean "web-01"?',
    ],
    [
      'an id that is not its key',
      { 'web-01': entry('web-02') },
      '1:26',
      'web-01.instance_id is "web-02"; write the same id as its key, "web-01"',
    ],
    ['none', {}, '1:1', 'names no instances'],
    ['a list', [], '1:1', 'is a list; a snapshot is a map'],
    ['no health', { 'web-01': WEB }, '1:2', 'web-01.health is missing; write one of'],
  ])('is refused: %s', async (_, content, place, said) => {
    const message = await inputErrorOf(readSnapshot(file(content), [{ name: 'web-01', labels: {} }]));
    expect(message).toContain(`file.json:${place}: ${said}`);
  });
});
