import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@temporalio/worker';
import { durationText } from './domain/duration';
import { isWanted, notificationEvent } from './domain/notification/event';
import type { NotificationMessage } from './domain/notification/message';
import type { NotificationTarget } from './domain/notification/target';
import { createSender } from './drivers/notification/create';
import type { Sender } from './drivers/notification/sender';
import type { Notice, NotificationStore } from './store/notifications';

export interface Pace {
  /** How long to wait when there is nothing to tell. */
  pollMs: number;
  /** How long to wait after a failed one; twice as long after each further one, up to `longestWaitMs`. */
  waitMs: number;
  longestWaitMs: number;
  /** What is older than this, and isn't taken, is given up. */
  giveUpMs: number;
}

const PACE: Pace = { pollMs: 1_000, waitMs: 1_000, longestWaitMs: 300_000, giveUpMs: 86_400_000 };
/** By so much longer than any request takes a turn lasts: when a worker is gone, another follows. */
const LEASE_MS = 20_000;
const WANTED_EVERY_MS = 60_000;
/** Most lines are wanted by nobody, and go by many at a time. */
const MOST = 200;

/**
 * Tells targets of new lines of the event log, beside all other work: each in its own time and in order, at least once,
 * by one worker at a time. Answers with what ends that, and waits until it has.
 */
export function keepNotified(
  store: NotificationStore,
  targets: readonly NotificationTarget[],
  logger: Pick<Logger, 'warn'>,
  { environment = process.env, pace = {} }: { environment?: NodeJS.ProcessEnv; pace?: Partial<Pace> } = {},
): () => Promise<void> {
  const ended = new AbortController();
  const worker = randomUUID();
  const all = targets.map((target) => ({ target, sender: createSender(target, environment) }));
  const loops = all.map((each) =>
    goOn(new Line(store, each.target, each.sender, worker, { ...PACE, ...pace }), logger, ended.signal),
  );
  if (all.length > 0) loops.push(wantAll(store, targets, logger, ended.signal));
  return async () => {
    ended.abort();
    await Promise.all(loops);
  };
}

async function goOn(line: Line, logger: Pick<Logger, 'warn'>, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      if (await line.next(ended)) continue;
    } catch (error) {
      // Another worker sends, or this one when the database answers again.
      if (!ended.aborted) logger.warn('Notifications could not be sent', { error });
    }
    await delay(line.pace.pollMs, undefined, { signal: ended }).catch(() => {});
  }
}

async function wantAll(
  store: NotificationStore,
  targets: readonly NotificationTarget[],
  logger: Pick<Logger, 'warn'>,
  ended: AbortSignal,
): Promise<void> {
  const keys = targets.map(({ key }) => key);
  while (!ended.aborted) {
    const wait = await store.wantTargets(keys).then(
      () => WANTED_EVERY_MS,
      (error: unknown) => {
        if (!ended.aborted) logger.warn('Who is to be notified could not be written down', { error });
        return PACE.pollMs;
      },
    );
    await delay(wait, undefined, { signal: ended }).catch(() => {});
  }
}

/** What one target is still to be told. */
class Line {
  constructor(
    private readonly store: NotificationStore,
    private readonly target: NotificationTarget,
    private readonly sender: Sender,
    private readonly worker: string,
    readonly pace: Pace,
  ) {}

  /** Tells the next thing that it wants to know; whether there may be more. */
  async next(ended: AbortSignal): Promise<boolean> {
    const { store, target, worker } = this;
    const turn = await store.takeTurn(target.key, worker, target.timeoutMs + LEASE_MS, MOST);
    if (turn === undefined) return false;
    const done: number[] = [];
    let sent = false;
    for (const notice of turn.notices) {
      const message = messageOf(target, notice);
      const fault = message && (await this.send(message, done, ended));
      if (fault !== undefined) {
        await this.fail(turn.attempts, done, fault);
        return false;
      }
      done.push(notice.event.id);
      // What was told isn't told again, whatever becomes of this worker.
      sent = message !== undefined;
      if (sent) break;
    }
    await store.told(target.key, worker, done, sent);
    return true;
  }

  /** Another worker needn't wait for one that ends in the middle. */
  private async send(
    message: NotificationMessage,
    unwanted: number[],
    ended: AbortSignal,
  ): Promise<string | undefined> {
    try {
      return await this.sender.send(message, ended);
    } catch (error) {
      if (ended.aborted) await this.store.told(this.target.key, this.worker, unwanted, false);
      throw error;
    }
  }

  private async fail(attempts: number, unwanted: number[], fault: string): Promise<void> {
    const { store, target, worker, pace } = this;
    const words = `${target.place} was told nothing for ${durationText(pace.giveUpMs)}, and what is older it is told no more: ${fault}`;
    await store.giveUp(target.key, worker, pace.giveUpMs, words);
    const waitMs = Math.min(pace.longestWaitMs, pace.waitMs * 2 ** Math.min(attempts, 30));
    await store.notTold(target.key, worker, unwanted, waitMs);
  }
}

/** Undefined: the target doesn't want to know. */
function messageOf(target: NotificationTarget, { event: line, deployment }: Notice): NotificationMessage | undefined {
  const event = notificationEvent(line.type, deployment?.status);
  if (event === undefined || !isWanted(target, event, line)) return undefined;
  const { type: _, flag: _flag, id, ...rest } = line;
  return { ...rest, id: `${target.key}-${id}`, event, ...(deployment === undefined ? {} : { deployment }) };
}
