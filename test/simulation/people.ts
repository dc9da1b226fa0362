import type { Message } from '../../src/domain';
import { instanceName } from './instance';
import type { Messages } from './messages';
import { answerOf, messageOf } from './person';
import type { Act, Scenario } from './scenario';
import type { Shell } from './shell';

/** Those who do something about a rollout: by themselves, or because it waits for one of them. */
export class People {
  /** How many events there are until the next act. */
  private untilAct: number;
  private nextAct = 0;
  private called = false;
  /** How often somebody has answered. */
  private answers = 0;
  private interfered = false;
  private promotedWait = -1;
  /** How many events there had been when somebody last skipped. */
  private skippedAt: number | null = null;

  constructor(
    private readonly scenario: Scenario,
    private readonly shell: Shell,
    private readonly messages: Messages,
  ) {
    this.untilAct = scenario.acts[0]?.gap ?? 0;
  }

  /** Answers whether somebody has done something. */
  act(): boolean {
    const { scenario, shell } = this;
    const { onTheWayBack } = scenario;
    if (onTheWayBack && !this.interfered && shell.judge.course.drive.kind === 'back') {
      if (shell.wentBack >= onTheWayBack.restores) {
        this.interfered = true;
        this.does(onTheWayBack.what);
        return true;
      }
    }
    if (this.regret()) return true;
    const act = scenario.acts[this.nextAct];
    // While it waits little happens: half of the acts come then, without waiting for their turn.
    const early = shell.shown.awaiting !== undefined && (act?.gap ?? 0) % 2 === 1;
    if (act && (this.untilAct <= 0 || early)) {
      this.nextAct++;
      this.untilAct = scenario.acts[this.nextAct]?.gap ?? 0;
      this.does(act.what);
      return true;
    }
    this.untilAct--;
    return false;
  }

  /** Nothing else happens: the next act is due. Answers whether there is one. */
  hurry(): boolean {
    if (!this.scenario.acts[this.nextAct]) return false;
    this.untilAct = 0;
    return true;
  }

  /** Somebody comes to look once it waits for a person. */
  call(): void {
    const { shell } = this;
    const { status, awaiting } = shell.shown;
    const { promotesAfterMs } = this.scenario;
    if (isPassing(awaiting?.kind) && awaiting && promotesAfterMs !== null && awaiting.since !== this.promotedWait) {
      this.promotedWait = awaiting.since;
      shell.world.askPerson(shell.world.now + promotesAfterMs);
    }
    if (this.called || (status !== 'paused' && status !== 'awaiting_approval')) return;
    this.called = true;
    // Whoever waits leaves it to the timeout; only where there is none they come all the same.
    const answer = this.scenario.answers[this.answers % this.scenario.answers.length] ?? 'go';
    const late = answer === 'wait' && awaiting?.until !== undefined ? awaiting.until - shell.world.now + 1_000 : 0;
    shell.world.askPerson(shell.world.now + this.scenario.answerMs + late);
  }

  /** Whoever was called is there. */
  come(): void {
    const { status, awaiting } = this.shell.shown;
    if (isPassing(awaiting?.kind) && awaiting?.since === this.promotedWait) {
      this.say({ kind: 'promote', by: 'an impatient one' });
      return;
    }
    this.called = false;
    if (status !== 'paused' && status !== 'awaiting_approval') return;
    const answer = this.scenario.answers[this.answers % this.scenario.answers.length] ?? 'go';
    this.shell.earlyTick();
    const message = answerOf(answer, this.shell.judge.course, status, awaiting?.until !== undefined, this.answers++);
    if (message) this.say(message);
  }

  /** Whoever has skipped takes it back. */
  private regret(): boolean {
    const { regretsAfter } = this.scenario;
    if (regretsAfter === null || this.skippedAt === null || this.shell.events < this.skippedAt + regretsAfter)
      return false;
    this.skippedAt = null;
    const { ledger } = this.shell.judge.course;
    const ordinals = ledger.ordinals((phase, one) => phase === 'skipped' && !ledger.gone[one]);
    if (ordinals.length === 0) return false;
    this.say({ kind: 'retry', by: 'a sorry one', ordinals });
    return true;
  }

  private does(what: Act['what']): void {
    const { shell } = this;
    switch (what.kind) {
      case 'message': {
        const message = messageOf(what.message, shell.judge.course);
        const accepted = this.say(message);
        if (accepted && what.twice && !shell.finished) this.messages.sayAgain(message);
        return;
      }
      case 'cancel':
        shell.feed({ kind: 'cancel_requested' });
        if (what.twice && !shell.finished) shell.nothingTwice({ kind: 'cancel_requested' });
        return;
      case 'hold':
        shell.hold();
        return;
      case 'tick':
        shell.earlyTick();
        return;
      case 'repeat':
        shell.repeat(what.pick);
        return;
      case 'stale_finding': {
        const { ledger } = shell.judge.course;
        const ordinals = ledger.ordinals((phase) => phase !== 'good');
        const degraded = what.picks.map((pick) => {
          const ordinal = ordinals[pick % ordinals.length] ?? ledger.total;
          return { ordinal, name: instanceName(ordinal), reason: 'it was seen ill' };
        });
        shell.nothingTwice({ kind: 'degraded', degraded });
      }
    }
  }

  private say(message: Message): boolean {
    const { events } = this.shell;
    const accepted = this.messages.say(message);
    if (accepted && message.kind === 'skip') this.skippedAt = events;
    return accepted;
  }
}

/** Whether it is a wait that somebody can promote. */
function isPassing(kind: string | undefined): boolean {
  return kind === 'bake' || kind === 'analysis';
}
