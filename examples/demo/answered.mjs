import { readFile } from 'node:fs/promises';
import path from 'node:path';

const PATIENCE_MS = 20_000;

/** Waits until a process that was just started answers, with 2xx and what `so` wants to hear. */
export async function answered(url, child, folder, so = () => true) {
  let fault;
  child.once('error', (error) => (fault = error.message));
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const text = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => (answer.ok ? answer.text() : undefined),
      () => undefined,
    );
    if (text !== undefined && so(text)) return;
    if (child.exitCode !== null) fault = `it ended with exit code ${child.exitCode}`;
    if (fault === undefined && performance.now() > deadline) fault = `${url} doesn't answer as it should`;
    if (fault !== undefined) throw new Error(`${child.spawnfile}: ${fault}\n${await lastWords(folder)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function lastWords(folder) {
  const log = await readFile(path.join(folder, 'log'), 'utf8').catch(() => '');
  return log.trim().split('\n').slice(-5).join('\n');
}
