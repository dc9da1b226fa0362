import { ApplicationFailure } from '@temporalio/common';
import type { BulkDriver, BulkLimits, BulkProgress } from '../drivers/target/driver';
import { lookedAtAnew } from './alone';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import { Beginning, type Going, type Outcome, type Resting } from './going';
import { stateOf } from './judge';
import { putBack, putIn, putInAgain, settledThere, takeOut, type Routed } from './routing';
import { eachOf, heartbeating, isAskedToStop, sleep } from './running';
import type { DriveInput, Driven } from './types';
import { noteState, outcomeOf, settle, waitAfter, type Ended } from './work';

/** How often all of them are asked for, by one question. */
const ASK_MS = 200;
/** How many rows are written at a time. */
const AT_ONCE = 20;

/**
 * Tells instances what to run and waits until some of them have ended, or it is cancelled. Answers with the outcomes
 * that there are by then, and with those that go on: whoever is told of them next finds them as they are.
 */
export function driveInstances(tools: Tools, input: DriveInput): Promise<Driven> {
  return heartbeating(async (signal) => {
    const deployment = await tools.deployments.of(input.generation);
    return new Drive(tools, deployment, bulkDriver(deployment), input).run(signal);
  });
}

function bulkDriver({ driver }: Deployment): BulkDriver {
  if (driver.execution === 'bulk') return driver;
  throw ApplicationFailure.nonRetryable('instances of this driver are changed one by one', 'WrongExecution');
}

class Drive {
  private going: Going[] = [];
  private resting: Resting[] = [];
  private readonly outcomes: Outcome[] = [];
  private readonly beginning: Beginning;

  constructor(
    private readonly tools: Tools,
    private readonly deployment: Deployment,
    private readonly driver: BulkDriver,
    private readonly input: DriveInput,
  ) {
    this.beginning = new Beginning(tools, deployment, input);
  }

  async run(signal: AbortSignal): Promise<Driven> {
    try {
      if (this.input.stop) await this.cancel();
      else await this.untilSomeEnd(signal);
    } catch (error) {
      if (!isAskedToStop(signal)) throw error;
      await this.cancel();
    }
    const left = [...this.going.map(({ work }) => work.key), ...this.resting];
    this.outcomes.sort((a, b) => a.ordinal - b.ordinal);
    return { outcomes: this.outcomes, left: left.map(({ ordinal, round }) => ({ ordinal, round })) };
  }

  private async untilSomeEnd(signal: AbortSignal): Promise<void> {
    ({ going: this.going, resting: this.resting } = await this.beginning.found());
    // What they were told before may not have arrived.
    await this.tell(this.going, signal);
    for (let first = true; ; first = false) {
      signal.throwIfAborted();
      const { look, due } = await this.turn();
      if (due || first) await this.beginDue(signal);
      if (due) await this.look(signal);
      if (this.outcomes.length > 0 || this.going.length + this.resting.length === 0) return;
      // Only now: what came of an earlier look was taken in, or this wouldn't have begun anew, and all were told.
      if (look !== undefined) await this.tools.store.lookDone(this.input.generation, look);
      await sleep(ASK_MS, signal);
    }
  }

  /** Whether it is time for a look, and whether somebody asked for it. */
  private async turn(): Promise<{ due: boolean; look?: number }> {
    const { asked, done } = await this.tools.store.looks(this.input.generation);
    if (asked > done) return { due: true, look: asked };
    return { due: !this.tools.looksWhenAsked };
  }

  /** Each is taken out of service first; one that can't be isn't told. Answers with those that were. */
  private async tell(going: Going[], signal: AbortSignal): Promise<Going[]> {
    if (going.length > 0) await lookedAtAnew(this.tools, this.deployment);
    const faults = await eachOf(going, AT_ONCE, (each) => takeOut(this.routed(each), signal));
    const told = going.filter((_, index) => faults[index] === undefined);
    if (told.length > 0) await this.driver.begin(told.map(({ change }) => change));
    await eachOf(going, AT_ONCE, async (each) => {
      const reason = faults[going.indexOf(each)];
      if (reason === undefined) return;
      this.going = this.going.filter((other) => other !== each);
      await this.end(each, { kind: 'bad', reason, probe: await this.driver.probe(each.change.instance, signal) });
    });
    return told;
  }

  private routed({ work, change }: Going): Routed {
    return { deployment: this.deployment, key: work.key, instance: change.instance, settled: work.settled };
  }

  private async beginDue(signal: AbortSignal): Promise<void> {
    const now = this.tools.now();
    const due = this.resting.filter((each) => each.due <= now);
    this.resting = this.resting.filter((each) => each.due > now);
    const begun = await eachOf(due, AT_ONCE, (each) => this.beginning.begin(each));
    const going = begun.filter((each) => 'work' in each);
    for (const each of begun) if (!('work' in each)) this.outcomes.push(each);
    this.going.push(...(await this.tell(going, signal)));
  }

  /** Asks for all of them at once. */
  private async look(signal: AbortSignal): Promise<void> {
    if (this.going.length === 0) return;
    const changes = this.going.map(({ change }) => change);
    const progress = await this.driver.progress(changes, this.limits);
    const looked = this.going.map((each, index) => ({ each, told: progress[index]! }));
    this.going = looked.filter(({ told }) => told.kind === 'waiting').map(({ each }) => each);
    const ended = looked.filter(({ told }) => told.kind !== 'waiting');
    await eachOf(ended, AT_ONCE, async ({ each, told }) => {
      const idle = told.kind === 'good' ? await putIn(this.routed(each), signal) : undefined;
      await this.end(each, idle === undefined ? told : { kind: 'bad', reason: idle, probe: told.probe });
    });
  }

  /** The same for all that go the same way. */
  private get limits(): BulkLimits {
    const { timeouts } = this.deployment.request.spec;
    const minHealthyMs = this.going[0]?.work.minHealthyMs ?? 0;
    return { minHealthyMs, changeMs: timeouts.instanceMs, healthMs: timeouts.healthMs };
  }

  private async end(each: Going, { probe, ...verdict }: BulkProgress): Promise<void> {
    if (verdict.kind === 'waiting') return;
    const { retry } = this.deployment.request.spec;
    const { work, answered } = each;
    if (verdict.kind === 'bad' && answered + 1 < retry.maxAttempts) {
      const answer = { attempt: each.attempt, ok: false, reason: verdict.reason };
      const state = stateOf(probe);
      await this.tools.store.answerAttempt(work.key, answer, state);
      noteState(this.tools, this.deployment, work, state);
      const { ordinal, round } = work.key;
      this.resting.push({ ordinal, round, due: this.tools.now() + waitAfter(answered + 1, retry) });
      return;
    }
    // Whoever hasn't begun must not begin when nobody waits for it any more.
    if (verdict.kind !== 'good' || verdict.unbegun) await this.driver.withdraw([each.change]);
    await this.settle(each, verdict, probe);
  }

  private async settle(each: Going, end: Ended, probe: BulkProgress['probe']): Promise<void> {
    const { work, attempt, answered } = each;
    const reason = end.reason === undefined ? {} : { reason: end.reason };
    const answer = { attempt, ok: end.kind === 'good', ...reason };
    const outcome = outcomeOf(work, end, answered + 1);
    // Not every agent tells the artifact.
    const told = stateOf(probe, end.kind === 'good' ? each.change.target : {});
    const state = end.kind === 'left' ? undefined : told;
    this.outcomes.push(await settle(this.tools, this.deployment, work, outcome, answer, state));
    if (end.kind === 'good') await putInAgain(this.tools, this.routed(each));
  }

  /** Ends all that have no outcome yet. An instance that has begun goes on by itself; nobody waits for it any more. */
  private async cancel(): Promise<void> {
    this.going = [];
    this.resting = [];
    const ended = new Set(this.outcomes.map(({ ordinal }) => ordinal));
    // Wherever it was interrupted, the database knows how far each is.
    const found = await this.beginning.found();
    const going = found.going.filter(({ work }) => !ended.has(work.key.ordinal));
    const resting = found.resting.filter(({ ordinal }) => !ended.has(ordinal));
    const unbegun = new Set(going.length > 0 ? await this.driver.withdraw(going.map(({ change }) => change)) : []);
    const calm = new AbortController().signal;
    await eachOf(going, AT_ONCE, async (each) => {
      // Whoever hasn't begun serves as it did.
      if (unbegun.has(each.change.instance.name)) await putBack(await settledThere(this.tools, this.routed(each)));
      const probe = await this.driver.probe(each.change.instance, calm);
      await this.settle(each, { kind: 'cancelled', reason: 'cancelled while it was being changed' }, probe);
    });
    this.outcomes.push(...(await eachOf(resting, AT_ONCE, (each) => this.beginning.cancelled(each))));
  }
}
