import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 50;

/** Asks again and again, until there is an answer. */
export async function until<T>(
  what: string,
  ms: number,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; await delay(POLL_MS)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
}
