import { CANARY_TRAFFIC, deploymentFiles, DIVIDED, haproxy, JUDGED, LEAST, REAL } from '../../support/deployment-file';

const files = deploymentFiles();

describe('traffic', () => {
  it('of HAProxy has the defaults', async () => {
    expect((await files.read(LEAST + haproxy('{ stable: web }'))).traffic).toEqual({
      kind: 'haproxy',
      endpoints: ['unix:/run/haproxy/admin.sock'],
      map: '/etc/haproxy/belay.map',
      backends: { stable: 'web' },
      drainTimeoutMs: 30_000,
      timeoutMs: 5_000,
    });
  });

  it('of HAProxy has all that is written', async () => {
    const traffic = `traffic:
  type: haproxy
  endpoints: ["unix:/a/b.sock", "10.0.0.1:9999", "[::1]:9999"]
  map: "virt@belay"
  backends: { stable: web_stable, canary: web.canary }
  drain_timeout: 0s
  timeout: 1s
`;
    expect((await files.read(LEAST + traffic)).traffic).toMatchObject({
      endpoints: ['unix:/a/b.sock', '10.0.0.1:9999', '[::1]:9999'],
      drainTimeoutMs: 0,
      timeoutMs: 1_000,
    });
  });

  it('of commands counts paths from the folder of the file', async () => {
    const traffic = `traffic: { type: command, shift: [./shift.sh], read: [./read.sh, --json], drain: [./drain.sh], env: { TOKEN: "\${env:LB_TOKEN}" } }\n`;
    expect((await files.read(LEAST + traffic)).traffic).toEqual({
      kind: 'command',
      shift: ['./shift.sh'],
      read: ['./read.sh', '--json'],
      drain: ['./drain.sh'],
      directory: files.path,
      env: { TOKEN: '${env:LB_TOKEN}' },
      drainTimeoutMs: 30_000,
      timeoutMs: 30_000,
    });
  });

  it('may be nothing', async () => {
    expect((await files.read(`${LEAST}traffic: { type: nop }\n`)).traffic).toEqual({ kind: 'nop' });
    expect(await files.read(LEAST)).not.toHaveProperty('traffic');
  });

  const endpoints = (text: string) => CANARY_TRAFFIC.replace('"unix:/run/haproxy/admin.sock"', text);

  it.each([
    ['traffic: { type: envoy }\n', '6:18', 'traffic.type is "envoy"; write one of haproxy, command, nop'],
    ['traffic: { type: haproxy }\n', '6:1', 'traffic.endpoints is missing; write a list like'],
    ['traffic: { name: edge }\n', '6:18', 'traffic.name names a router of a belay.yaml, which only an API knows'],
    [endpoints(''), '6:38', 'traffic.endpoints is an empty list; write a list like'],
    [endpoints('"unix:run/a.sock"'), '6:39', 'is "unix:run/a.sock"; write unix:/run/haproxy/admin.sock, or host:port'],
    [endpoints('/run/a.sock'), '6:39', 'traffic.endpoints[0] is "/run/a.sock"; write unix:'],
    [endpoints('"a:0"'), '6:39', 'traffic.endpoints[0] is "a:0"; write unix:'],
    [endpoints('"a:99999"'), '6:39', 'traffic.endpoints[0] is "a:99999"; write unix:'],
    [endpoints('"a:1", "a:1"'), '6:46', 'traffic.endpoints[1] is a:1 a second time; keep one'],
    [CANARY_TRAFFIC.replace('map: /etc', 'map: /e tc'), '6:77', 'write the map as HAProxy knows it'],
    [CANARY_TRAFFIC.replace('belay.map', 'b;show'), '6:77', 'write the map as HAProxy knows it'],
    [haproxy('{ stable: "a b" }'), '6:121', 'traffic.backends.stable is "a b"; write the name of a backend'],
    [haproxy('{ stable: a, canary: a }'), '6:132', 'traffic.backends.canary is a, which is that of stable'],
    [
      haproxy('{ stabel: a }'),
      '6:111',
      'has no stable, the backend of what ran before; write { stable: … } in place of stabel',
    ],
    [
      `${haproxy('{ stable: a, canry: b }')}${JUDGED}strategy: { type: canary }\n`,
      '6:111',
      'traffic.backends has no canary, the backend of the release; write { canary: … } in place of canry',
    ],
    ['traffic: { type: command, shift: [./a] }\n', '6:1', 'traffic.read is missing; write a list of words'],
    ['traffic: { type: command, shift: ./a, read: [./b] }\n', '6:34', 'traffic.shift is "./a"; write a list of words'],
    ['traffic: { type: nop, timeout: 1s }\n', '6:23', 'traffic: unknown key "timeout"'],
  ])('%s is refused', async (traffic, place, said) => {
    const refusal = await files.refusal(LEAST + traffic);
    expect(refusal).toContain(`${place}: `);
    expect(refusal).toContain(said);
    expect(refusal).not.toMatch(/undefined|\[object|Invalid/);
  });
});

describe('hooks', () => {
  it('gate by what they are called, unless it is said', async () => {
    const text = `${LEAST}strategy: { type: canary, steps: [{ type: hook, name: smoke }, { type: hook, name: told }, { type: traffic, weight: 100 }] }
hooks:
  pre_deploy: { type: command, run: [./ready.sh] }
  post_deploy: { type: command, run: [./tell.sh], timeout: 5s }
  pre_batch: { type: http, url: "https://hooks/x", headers: { authorization: "Bearer \${env:TOKEN}" }, gate: false }
  on_failure: { type: http, url: "https://hooks/x", gate: true }
  smoke: { type: command, run: [./smoke.sh] }
  told: { type: command, run: [./tell.sh], gate: false }
`;
    const { hooks = {} } = await files.read(text);
    expect(Object.entries(hooks).map(([name, { gate }]) => [name, gate])).toEqual([
      ['pre_deploy', true],
      ['post_deploy', false],
      ['pre_batch', false],
      ['on_failure', true],
      ['smoke', true],
      ['told', false],
    ]);
    expect(hooks.post_deploy).toEqual({
      kind: 'command',
      run: ['./tell.sh'],
      directory: files.path,
      env: {},
      timeoutMs: 5_000,
      gate: false,
    });
    expect(hooks.pre_batch).toEqual({
      kind: 'http',
      url: 'https://hooks/x',
      headers: { authorization: 'Bearer ${env:TOKEN}' },
      timeoutMs: 60_000,
      gate: false,
    });
  });

  it.each([
    ['{ post_deplay: { type: http, url: "http://x" } }', '6:23', 'no step names it; did you mean "post_deploy"?'],
    ['{ x: { type: http, url: "http://x" } }', '6:13', 'known moments are pre_deploy, post_deploy, pre_batch'],
    ['{ pre_batch: { type: http, url: x } }', '6:40', 'hooks.pre_batch.url is "x"; write an address like https://'],
    ['{ pre_batch: { type: http, url: "http://u:p@x" } }', '6:40', 'write an address like https://'],
    ['{ pre_batch: { type: http, url: "http://x", headers: { "a b": c } } }', '6:70', "can't be the name of a header"],
    ...['Content-Length', 'transfer-encoding', 'Expect', 'upgrade', 'keep-alive', 'connection'].map((header) => [
      `{ pre_batch: { type: http, url: "http://x", headers: { ${header}: "1" } } }`,
      `6:${65 + header.length}`,
      `hooks.pre_batch.headers.${header} belongs to the connection, and is never sent from here; remove it`,
    ]),
    ['{ pre_batch: { type: http, url: "http://x", headers: { a: "${env:}" } } }', '6:66', 'write ${env:NAME}'],
    ['{ pre_batch: { type: command } }', '6:10', 'hooks.pre_batch.run is missing; write a list of words'],
    ['{ pre_batch: { type: command, run: [./a], gate: yes } }', '6:56', 'gate is "yes"; write one of true, false'],
    ['{ pre_batch: { type: command, run: [./a], timeout: 0s } }', '6:59', 'timeout is "0s"; write a duration above'],
    ['{ pre_batch: { type: shell } }', '6:29', 'hooks.pre_batch.type is "shell"; write one of command, http'],
    ['{ pre_batch: { name: smoke } }', '6:29', 'names a hook of a belay.yaml, which only an API knows; write it out'],
    ['{ pre_batch: ~ }', '6:21', 'hooks.pre_batch is empty (null)'],
    ['{ "a b": { type: http, url: "http://x" } }', '6:17', "can't be the name of a hook"],
  ])('%s are refused', async (hooks, place, said) => {
    const refusal = await files.refusal(`${LEAST}hooks: ${hooks}\n`);
    expect(refusal).toContain(`${place}: `);
    expect(refusal).toContain(said);
  });
});

describe('windows', () => {
  it.each([
    ['[mon-thu]', ['mon', 'tue', 'wed', 'thu']],
    ['[fri-mon, wed, sun]', ['mon', 'wed', 'fri', 'sat', 'sun']],
    ['[sat]', ['sat']],
    ['[mon-mon]', ['mon']],
  ])('days: %s', async (days, expected) => {
    const text = `${LEAST}windows: [{ days: ${days}, from: "09:00", to: "16:30", time_zone: Europe/Berlin }]\n`;
    expect((await files.read(text)).windows).toEqual([
      { days: expected, from: 540, to: 990, timeZone: 'Europe/Berlin' },
    ]);
  });

  it('are of every day, and up to midnight', async () => {
    const { windows } = await files.read(`${LEAST}windows: [{ from: 00:00, to: 24:00, time_zone: UTC }]\n`);
    expect(windows).toEqual([
      { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: 0, to: 1440, timeZone: 'UTC' },
    ]);
  });

  const of = (part: string) => `[{ ${part}, from: "09:00", to: "16:00", time_zone: UTC }]`;
  const at = (from: string, to: string, zone = 'UTC') => `[{ from: "${from}", to: "${to}", time_zone: "${zone}" }]`;

  it.each([
    ['[]', '6:10', 'windows is an empty list; write a list like'],
    [of('days: [monday]'), '6:20', 'is "monday"; write a day (mon, tue, wed, thu, fri, sat, sun), or a range'],
    [of('days: [mon-wed-fri]'), '6:20', 'is "mon-wed-fri"; write a day'],
    [of('days: []'), '6:19', 'windows[0].days is an empty list'],
    [of('days: mon-fri'), '6:19', 'windows[0].days is "mon-fri"; write a list of days, like [mon-thu]'],
    [at('9:00', '16:00'), '6:19', 'windows[0].from is "9:00"; write a time of the day like "09:00"'],
    [at('09:60', '16:00'), '6:19', 'windows[0].from is "09:60"'],
    [at('24:00', '16:00'), '6:19', 'windows[0].from is "24:00"; write "00:00" of the next day'],
    [at('09:00', '25:00'), '6:32', 'windows[0].to is "25:00"'],
    [at('09:00', '09:00'), '6:32', 'is as from, so that it is never open'],
    [at('09:00', '16:00', 'Europe/Berln'), '6:52', 'which is no time zone; did you mean "Europe/Berlin"?'],
    [at('09:00', '16:00', 'CEST+1'), '6:52', 'which is no time zone; write one like Europe/Berlin or UTC'],
    [at('09:00', '16:00', '+01:00'), '6:52', 'which is no time zone; write one like Europe/Berlin or UTC'],
    ['[{ from: "09:00", to: "16:00" }]', '6:11', 'windows[0].time_zone is missing; write one like Europe/Berlin'],
  ])('%s are refused', async (windows, place, said) => {
    const refusal = await files.refusal(`${LEAST}windows: ${windows}\n`);
    expect(refusal).toContain(`${place}: `);
    expect(refusal).toContain(said);
  });
});

describe('groups', () => {
  it('have defaults, and what is written', async () => {
    expect((await files.read(`${LEAST}groups: { by: region, order: [eu] }\n`)).groups).toEqual({
      by: 'region',
      order: ['eu'],
      bakeMs: 0,
      approve: false,
    });
    const all = `${LEAST}groups: { by: region, order: [eu, us], bake: 30m, approve: true }\n`;
    expect((await files.read(all)).groups).toEqual({
      by: 'region',
      order: ['eu', 'us'],
      bakeMs: 1_800_000,
      approve: true,
    });
  });

  it.each([
    ['region', '6:9', 'groups is "region"; write a map like { by: region'],
    ['{ order: [eu] }', '6:1', 'groups.by is missing; write the name of a label'],
    ['{ by: region, order: [eu, us, eu] }', '6:39', 'groups.order[2] is "eu" a second time; keep one'],
    ['{ by: region, approve: always }', '6:32', 'groups.approve is "always"; write one of true, false'],
    ['{ by: region, bake: 30 }', '6:29', 'groups.bake is 30, which has no unit'],
  ])('%s are refused', async (groups, place, said) => {
    const refusal = await files.refusal(`${LEAST}groups: ${groups}\n`);
    expect(refusal).toContain(`${place}: `);
    expect(refusal).toContain(said);
  });
});

describe('groups whose requests are split', () => {
  const canary = (groups: string, traffic: string) =>
    `${REAL}${groups === '' ? JUDGED : DIVIDED}strategy: { type: canary }\n${groups}${traffic}`;
  const GROUPS = 'groups: { by: region, order: [eu, us] }\n';
  const socket = CANARY_TRAFFIC.replace('admin.sock', '{{group}}.sock');
  const map = CANARY_TRAFFIC.replace('/etc/haproxy/belay.map', '"/etc/{{group}}.map"');
  const commands = (shift: string, read: string, env = '{}') =>
    `traffic: { type: command, shift: [./t.sh${shift}], read: [./t.sh${read}], env: ${env} }\n`;

  it.each([
    ['a socket of each', socket],
    ['a machine of each', CANARY_TRAFFIC.replace('unix:/run/haproxy/admin.sock', 'edge-{{group}}:9999')],
    ['a map of each', map],
    ['commands that are told which', commands(', "{{group}}"', ', "{{group}}"')],
    ['commands that find it in their environment', commands('', '', '{ REGION: "{{group}}" }')],
    ['none at all', 'traffic: { type: nop }\n'],
  ])('have %s', async (_, traffic) => {
    expect((await files.read(canary(GROUPS, traffic))).groups?.order).toEqual(['eu', 'us']);
  });

  it.each([
    ['one router for all', GROUPS, CANARY_TRAFFIC, 'traffic.endpoints are the same for all groups'],
    ['commands for all', GROUPS, commands('', ''), "traffic.shift can't tell whose requests they are"],
    ['a read for all', GROUPS, commands(', "{{group}}"', ''), "traffic.read can't tell whose requests they are"],
    ['no groups', '', socket, 'traffic names {{group}}, and there are no groups'],
    [
      'a name that would be a command',
      'groups: { by: region, order: ["eu\\nshow info"] }\n',
      map,
      'groups.order[0] is "eu\\nshow info", and stands for {{group}} in traffic',
    ],
  ])('not %s', async (_, groups, traffic, said) => {
    expect(await files.refusal(canary(groups, traffic))).toContain(said);
  });

  it('are all the same to a rolling deployment', async () => {
    expect((await files.read(`${REAL}${GROUPS}${CANARY_TRAFFIC}`)).groups?.order).toEqual(['eu', 'us']);
  });
});

describe('flags of a release', () => {
  const release = (flags: string) => LEAST.replace('12 }', `12, flags: ${flags} }`);

  it('go with it', async () => {
    expect((await files.read(release('{ new_ui: 25, old_ui: 0, all: 100 }'))).flags).toEqual({
      new_ui: 25,
      old_ui: 0,
      all: 100,
    });
    expect(await files.read(release('{}'))).not.toHaveProperty('flags');
  });

  it.each([
    ['{ new_ui: 101 }', '3:77', 'release.flags.new_ui is 101; write a whole number from 0 to 100'],
    ['{ new_ui: true }', '3:77', 'release.flags.new_ui is "true"; write a whole number'],
    ['[new_ui]', '3:67', 'release.flags is a list; write a map of percents, like { new_ui: 25 }'],
    ['{ "new ui": 5 }', '3:79', "release.flags.new ui can't be the name of a flag"],
  ])('%s are refused', async (flags, place, said) => {
    const refusal = await files.refusal(release(flags));
    expect(refusal).toContain(`${place}: `);
    expect(refusal).toContain(said);
  });
});
