export const version = '1.3.0';

const GREETING_MS = 30;
let line = Promise.resolve();

/**
 * What a visitor sees, and the bug that this release ships: it greets one after another. With few visitors nobody
 * notices; more than 33 a second wait in a line that grows.
 */
export async function page({ greeting }, instance) {
  line = line.then(() => new Promise((greeted) => setTimeout(greeted, GREETING_MS)));
  await line;
  return `${greeting} from ${instance}, release ${version}, to you alone\n`;
}

/** What keeps this release from working; nothing: a health check sees no line. */
export function faults() {
  return [];
}
