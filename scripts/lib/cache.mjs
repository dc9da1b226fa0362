import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants as system, homedir } from 'node:os';
import { join } from 'node:path';
import { alive } from './lock.mjs';
import { Problem } from './say.mjs';

/** Where fetched programs are kept; shared by all checkouts of one person. */
export function cacheDir(env = process.env) {
  if (env.BELAY_CACHE_DIR) return env.BELAY_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'belay');
}

export function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Puts a program into the cache: whole or not at all, whoever else does the same at the same time. */
export function keep(dir, name, content) {
  const part = join(dir, `${name}.${process.pid}.part`);
  writeFileSync(part, content);
  chmodSync(part, 0o755);
  renameSync(part, join(dir, name));
  return join(dir, name);
}

/** Runs `body` with a folder of its own in the cache, which is gone afterwards, also after Ctrl-C. */
export async function withWorkFolder(dir, body) {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    throw new Problem(`The cache folder ${dir} can't be made (${error.message}). Set BELAY_CACHE_DIR to one that can.`);
  }
  dropLeftovers(dir);
  const work = join(dir, `work-${process.pid}`);
  mkdirSync(work, { recursive: true });
  const drop = () => {
    rmSync(work, { recursive: true, force: true });
    for (const name of readdirSync(dir))
      if (name.endsWith(`.${process.pid}.part`)) rmSync(join(dir, name), { force: true });
  };
  const interrupted = (signal) => process.exit(128 + system.signals[signal]);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  process.once('exit', drop);
  for (const signal of signals) process.on(signal, interrupted);
  try {
    return await body(work);
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
    process.off('exit', drop);
    drop();
  }
}

/** What a killed process couldn't take away. */
function dropLeftovers(dir) {
  for (const name of readdirSync(dir)) {
    const pid = /^work-(\d+)$|\.(\d+)\.part$/.exec(name);
    if (pid !== null && !alive(Number(pid[1] ?? pid[2]))) rmSync(join(dir, name), { recursive: true, force: true });
  }
}
