import type { ChangeOutcome, RestoreOutcome } from '../domain';
import type { TargetChange } from '../drivers/target/driver';
import type { LastAttempt } from '../store/work-attempt';
import type { WorkMember } from '../store/work-member';
import { changeWork } from './change';
import type { Tools } from './dependencies';
import type { Deployment } from './deployments';
import type { Goal } from './judge';
import { restoreWork } from './restore';
import { targetOf } from './target';
import type { DriveInput, Piece } from './types';
import { fencedText, outcomeOf, settle, waitAfter, type Work } from './work';

export type Outcome = ChangeOutcome | RestoreOutcome;

/** An attempt that goes on at the instance, whoever waits for it. */
export interface Going {
  work: Work<Outcome>;
  change: TargetChange;
  attempt: number;
  answered: number;
}

/** What is still to be started, and when. */
export interface Resting extends Piece {
  due: number;
}

type Aimed = Pick<Going, 'work' | 'attempt' | 'answered'> & { goal: Goal; member: WorkMember };

/** An attempt that nobody answered isn't lost here, as it would be with a worker that runs it: it goes on. */
const MOST_LOST = 1_000;

/** Begins attempts on instances that change themselves, and finds those that were begun before. */
export class Beginning {
  constructor(
    private readonly tools: Tools,
    private readonly deployment: Deployment,
    private readonly input: DriveInput,
  ) {}

  /** How far each is, by one question: going on, or to be started now or after its wait. */
  async found(): Promise<{ going: Going[]; resting: Resting[] }> {
    const { generation, towards, pieces } = this.input;
    const ordinals = pieces.map(({ ordinal }) => ordinal);
    const last = await this.tools.store.lastAttempts(generation, towards, ordinals);
    const going: Going[] = [];
    const resting: Resting[] = [];
    for (const piece of pieces) {
      const before = last.get(piece.ordinal);
      const open = before?.round === piece.round && !before.settled ? before : undefined;
      const one = open && this.goesOn(open);
      if (one) going.push(one);
      else resting.push({ ...piece, due: this.tools.now() + (open ? this.waitOf(open) : 0) });
    }
    return { going, resting };
  }

  /** Begins an attempt. Or it has ended: before, or because there is nothing to be done or nothing may be. */
  async begin(piece: Piece): Promise<Going | Outcome> {
    const opened = await this.tools.store.openAttempt(this.workOf(piece, '').key, MOST_LOST);
    switch (opened.kind) {
      case 'recorded':
        return opened.outcome;
      case 'fenced':
      case 'lost': {
        const work = this.workOf(piece, await this.nameOf(piece));
        const reason =
          opened.kind === 'fenced'
            ? fencedText(opened, this.deployment)
            : `${opened.lost} attempts were never answered`;
        const outcome = outcomeOf(work, { kind: 'bad', reason }, 0);
        return (await this.tools.store.settle(work.key, outcome)) ?? outcome;
      }
      case 'started': {
        const work = this.workOf(piece, opened.member.name);
        const aim = work.aim(opened);
        if ('goal' in aim) return this.goingOf({ ...opened, work, goal: aim.goal });
        const { ends: kind, ...reason } = aim;
        const answer = { attempt: opened.attempt, ok: kind === 'good', ...reason };
        return settle(this.tools, this.deployment, work, outcomeOf(work, { kind, ...reason }, opened.answered), answer);
      }
    }
  }

  /** The end of one that was never begun. */
  async cancelled(piece: Piece): Promise<Outcome> {
    const work = this.workOf(piece, await this.nameOf(piece));
    const outcome = outcomeOf(work, { kind: 'cancelled', reason: 'cancelled before it was changed' }, 0);
    return settle(this.tools, this.deployment, work, outcome);
  }

  private goesOn({ member, round, attempt, answered, endedMsAgo }: LastAttempt): Going | undefined {
    if (endedMsAgo !== undefined) return undefined;
    const work = this.workOf({ ordinal: member.ordinal, round }, member.name);
    const aim = work.aim({ member, touched: true });
    return 'goal' in aim ? this.goingOf({ work, member, attempt, answered, goal: aim.goal }) : undefined;
  }

  private waitOf({ answered, endedMsAgo = 0 }: LastAttempt): number {
    return answered === 0 ? 0 : waitAfter(answered, this.deployment.request.spec.retry) - endedMsAgo;
  }

  private workOf({ ordinal, round }: Piece, name: string): Work<Outcome> {
    const { generation, towards, fence, settled } = this.input;
    const { request } = this.deployment;
    return towards === 'release'
      ? changeWork(request, { generation, ordinal, round }, name, settled)
      : restoreWork(request, { generation, ordinal, fence }, name, settled);
  }

  private async nameOf({ ordinal }: Piece): Promise<string> {
    const [name = String(ordinal)] = await this.tools.store.memberNames(this.input.generation, ordinal, 1);
    return name;
  }

  private goingOf({ work, goal, member, attempt, answered }: Aimed): Going {
    const { key } = work;
    const change: TargetChange = {
      instance: targetOf(member, key.generation),
      towards: key.towards,
      target: goal.versions,
      targetHealth: goal.health,
      generation: key.fence,
      attempt,
    };
    return { work, change, attempt, answered };
  }
}
