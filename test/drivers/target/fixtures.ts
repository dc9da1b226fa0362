import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CommandDriverSpec, HealthCheck } from '../../../src/domain';
import { HEALTH } from '../../../src/domain';
import type { TargetChange, TargetInstance } from '../../../src/drivers/target/driver';

/** A folder of its own for one test's scripts, and what they leave in it. */
export class Workshop {
  private constructor(readonly directory: string) {}

  static async open(): Promise<Workshop> {
    return new Workshop(await realpath(await mkdtemp(path.join(tmpdir(), 'belay-drivers-'))));
  }

  close(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  /** Writes a bash script that may run. */
  async script(name: string, body: string): Promise<void> {
    await writeFile(this.file(name), `#!/usr/bin/env bash\n${body}\n`);
    await chmod(this.file(name), 0o755);
  }

  /** What a script wrote to a file, as soon as it has. */
  async written(name: string): Promise<string> {
    return eventually(async () => {
      const text = await readFile(this.file(name), 'utf8');
      return text.endsWith('\n') ? text.trim() : undefined;
    });
  }

  spec(over: Partial<CommandDriverSpec> = {}): CommandDriverSpec {
    return { kind: 'command', update: ['./update.sh'], directory: this.directory, env: {}, health: HTTP, ...over };
  }
}

export const HTTP: HealthCheck = {
  kind: 'http',
  path: '/health',
  expectStatus: 200,
  connectTimeoutMs: 10_000,
  timeoutMs: 20_000,
};

export function instance(over: Partial<TargetInstance> = {}): TargetInstance {
  return {
    name: 'web-01',
    address: '127.0.0.1:8080',
    labels: {},
    ordinal: 0,
    deployment: 7,
    before: { versions: { codeVersion: '1.0.0', configurationVersion: '1' }, health: HEALTH.HEALTHY },
    ...over,
  };
}

export function change(over: Partial<TargetChange> = {}): TargetChange {
  return {
    instance: instance(),
    towards: 'release',
    target: { codeVersion: '1.1.0', configurationVersion: '2' },
    targetHealth: HEALTH.HEALTHY,
    generation: 7,
    attempt: 1,
    ...over,
  };
}

/** A signal that nobody aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

/** Asks again until there is an answer; the test's own timeout bounds it. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process is there; a zombie isn't. */
export async function alive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return !/\) [ZX] /.test(status);
  } catch {
    return false;
  }
}
