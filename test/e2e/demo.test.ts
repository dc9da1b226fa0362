import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The demo, as a newcomer runs it. */
const DEMO = resolve(__dirname, '../../examples/demo/demo.mjs');
const PATIENCE_MS = 300_000;

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
  },
  PATIENCE_MS,
);

it('says what it takes when it is asked for something else', async () => {
  const { code, output } = await demo('--fast');
  expect({ code, output: output.trim() }).toEqual({
    code: 2,
    output: 'unknown option --fast; usage: npm run demo [-- --keep | --stop]',
  });
});
