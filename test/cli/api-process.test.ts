import { Belay } from '../support/belay';
import { startClient } from '../support/client-process';
import { temporaryFolder } from '../support/files';

const folder = temporaryFolder();
let belay: Belay;
beforeAll(async () => {
  belay = await Belay.open();
});
afterAll(() => belay.shut());

describe('belay api', () => {
  it('serves what belay.yaml says until it is told to stop', async () => {
    folder.write('token', 'a-registration-token-of-a-file\n');
    const config = folder.write('belay.yaml', 'registration: { token_file: token }\nlisten: { port: 0 }\n');
    const env = { ...belay.environment, BELAY_LOG_LEVEL: 'info' };
    const run = startClient(['api', '--config', config], { cwd: folder.path, env });
    let said = '';
    run.child.stderr!.on('data', (text: string) => (said += text));
    await run.wrote('Ctrl-C stops it');
    const address = /The API is at (\S+),/.exec(said)?.[1] ?? '';
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    const registered = await fetch(`${address}/inventory/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ instance: { ip: '10.0.0.1', name: 'web-01' }, token: 'a-registration-token-of-a-file' }),
    });
    expect(registered.status).toBe(201);
    run.child.kill('SIGTERM');
    const { exit, stdout, stderr } = await run.ended;
    expect([exit, stdout]).toEqual([0, '']);
    expect(stderr).toContain('"path":"/inventory/register"');
    expect(stderr).not.toContain('a-registration-token');
  });

  it.each([
    [{}, 'listen: { port: nowhere }', 'listen.port is "nowhere"'],
    [{}, 'registration: { token_env: NOWHERE }', 'NOWHERE, which is empty'],
    [{ SHORT: 'abc' }, 'registration: { token_env: SHORT }', 'fewer than 16 characters'],
    [{}, 'registration: { token_file: nowhere }', "doesn't exist"],
  ])('%j and %s: exit 2', async (env, text, words) => {
    const config = folder.write('wrong.yaml', text);
    const { exit, stderr } = await startClient(['api', '--config', config], {
      cwd: folder.path,
      env: { ...belay.environment, ...env },
    }).ended;
    expect([exit, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
