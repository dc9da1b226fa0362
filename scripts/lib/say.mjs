import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where Belay's checkout is. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Tells a person what is being done; stdout belongs to whatever is run afterwards. */
export function say(text) {
  process.stderr.write(`▸ ${text}\n`);
}

/** Something that a person can do something about: printed without a stack trace. */
export class Problem extends Error {}

/** Runs a script's main function: a Problem is printed as it is, and the exit code says that it failed. */
export async function main(body) {
  try {
    if (Number(process.versions.node.split('.')[0]) < 20) {
      throw new Problem(
        `Node ${process.versions.node} is too old: Belay needs Node 20 or newer. Install it from https://nodejs.org.`,
      );
    }
    const code = await body();
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    process.stderr.write(error instanceof Problem ? `✗ ${error.message}\n` : `${error?.stack ?? error}\n`);
    process.exitCode = 1;
  }
}
