import type { EventRow, Standing } from '../../src/control/control';
import { Feeds } from '../../src/api/feed';
import { statusDocument } from '../support/cli';

const NAME = { environment: 'production', service: 'web', generation: 12 };
const eventOf = (id: number): EventRow => ({ id, at: new Date(0), type: 'started' });
const standing = (recorded: boolean): Standing => ({
  document: statusDocument({ status: recorded ? 'succeeded' : 'running' }),
  source: 'database',
  recorded,
  lost: false,
});

/** A deployment that goes on as it is told, and counts what it is asked. */
function deployment() {
  const asked: (number | undefined)[] = [];
  const log = [eventOf(1), eventOf(2)];
  let over = false;
  const feeds = new Feeds({
    status: async () => standing(over),
    events: async (_, after = 0) => {
      asked.push(after);
      return log.filter(({ id }) => id > after);
    },
  });
  const follow = () => {
    const told: number[][] = [];
    const ended = new Promise<unknown>((end) => {
      feeds.follow(NAME, { look: (all) => void told.push(all.map(({ id }) => id)), end });
    });
    return { told, ended };
  };
  return { asked, follow, feeds, add: (id: number) => void log.push(eventOf(id)), finish: () => void (over = true) };
}

it('is looked at once for all who follow it, from what was read last; and they end with it', async () => {
  const { asked, follow, add, finish } = deployment();
  const followers = Array.from({ length: 300 }, follow);
  add(3);
  finish();
  await Promise.all(followers.map(({ ended }) => ended));
  expect(asked.length).toBeLessThanOrEqual(2);
  expect(asked[0]).toBe(0);
  for (const { told } of followers) expect(told.at(-1)).toEqual([1, 2, 3]);
});

it('tells those who come later the whole of it, and asks nothing for that', async () => {
  const { asked, follow, finish } = deployment();
  const first = follow();
  await new Promise(setImmediate);
  const second = follow();
  expect(second.told).toEqual([[1, 2]]);
  expect(asked).toEqual([0]);
  finish();
  await Promise.all([first.ended, second.ended]);
  expect(asked).toEqual([0, 2]);
});

it('is not looked at any more when nobody follows it', async () => {
  const { asked, feeds } = deployment();
  const leave = feeds.follow(NAME, { look: () => {}, end: () => {} });
  await new Promise(setImmediate);
  leave();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(asked).toEqual([0]);
});
