import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The demo, as a newcomer runs it. */
const DEMO = resolve(__dirname, '../../examples/demo/demo.mjs');
const PATIENCE_MS = 600_000;
const CANARY = resolve(__dirname, '../../examples/demo/canary.mjs');

function demo(...args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, BELAY_STATE_DIR: mkdtempSync(join(tmpdir(), 'demo-')) };
  return new Promise((done) => {
    const child = execFile(process.execPath, [DEMO, ...args], { env, maxBuffer: 1e7 }, (_error, stdout, stderr) => {
      done({ code: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}

it(
  'brings good releases, takes bad ones back, and loses no request',
  async () => {
    const { code, output } = await demo();
    const told = output.split('\n').filter((line) => /^[✓✗] \d.*wanted|requests {2}/.test(line.trim()));
    expect({ code, told, output: code === 0 ? '' : output }).toMatchObject({ code: 0, output: '' });
    expect(told.filter((line) => line.startsWith('✓'))).toHaveLength(told.length / 2);
    expect(told.filter((line) => /requests .*[1-9]\d* answered.*, 0 failed/.test(line))).toHaveLength(told.length / 2);
    expect(told.length).toBeGreaterThanOrEqual(4);
    // The third act, where a HAProxy and a Prometheus could be had.
    const shares = output.split('\n').filter((line) => /^✓ \d.*asked for \d+% of the requests, got/.test(line));
    expect(shares).toHaveLength(output.includes('Skipped: ') ? 0 : 8);
    const drawn = /the bad canary, drawn +(\S+\.svg)/.exec(output)?.[1];
    if (drawn !== undefined) expect(readFileSync(drawn, 'utf8')).toMatch(/<svg [^]*<\/svg>\s*$/);
  },
  PATIENCE_MS,
);

it('says what is missing for its third act, and what to do about it', () => {
  const ask = `import(${JSON.stringify(CANARY)}).then(({ canaryAct }) => canaryAct.lacking()).then(console.log)`;
  const env = { PATH: '/nowhere', BELAY_CACHE_DIR: mkdtempSync(join(tmpdir(), 'cache-')) };
  const said = execFileSync(process.execPath, ['-e', ask], { env, encoding: 'utf8', stdio: 'pipe' });
  expect(said).toMatch(
    /^(HAProxy|Prometheus) was not found, and couldn't be fetched: .*\n {2}Next: install it yourself/,
  );
});

it('says what it takes when it is asked for something else', async () => {
  const { code, output } = await demo('--fast');
  expect({ code, output: output.trim() }).toEqual({
    code: 2,
    output: 'unknown option --fast; usage: npm run demo [-- --keep | --stop]',
  });
});
