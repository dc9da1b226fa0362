import path from 'node:path';

/** A path as it was typed where that is right from here, so that messages name it so; else an absolute one. */
export function pathFrom(directory: string, typed: string): string {
  return directory === process.cwd() ? typed : path.resolve(directory, typed);
}

/**
 * What relative paths count from: npm runs scripts in the package's folder and says in INIT_CWD where the
 * person was. A process started elsewhere by one of npm's has an INIT_CWD too, which isn't about it.
 */
export function directoryOf(env: NodeJS.ProcessEnv, cwd: string, packageFolder: string): string {
  return cwd === packageFolder && env.INIT_CWD !== undefined && env.INIT_CWD !== '' ? env.INIT_CWD : cwd;
}
