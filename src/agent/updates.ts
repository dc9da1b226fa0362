import { HEALTH, sameVersions } from '../domain';
import type { Desired } from '../domain/agent';
import { ArtifactFailure } from './artifact/failure';
import type { Installation } from './artifact/installation';
import type { LocalInstance } from './instance';
import { recordedOf, updateText, versionsOf } from './report';
import type { Memory } from './state';
import { wordsOf } from './words';

/** Carries out what the instance is to run, one thing at a time; each step is durable before the next is begun. */
export class Updates {
  private underWay: { ended: Promise<void>; abort: AbortController } | undefined;

  constructor(
    private readonly memory: Memory,
    private readonly instance: LocalInstance,
    /** Absent without install_dir. */
    private readonly installation: Installation | undefined,
    private readonly say: (text: string) => void,
    private readonly onEnd: () => void,
  ) {}

  /** Ends what an earlier run left, and goes on with what it was interrupted at. */
  async resume(signal: AbortSignal): Promise<void> {
    await this.instance.endLeftover(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    const { task } = this.memory.state;
    await this.tidy(task, signal);
    if (task === undefined) return;
    this.say(`${updateText(task)} was interrupted; finishing it first`);
    this.start(task);
  }

  /** Ends what is under way, which is older, and begins this beside the heartbeats. */
  async begin(task: Desired): Promise<void> {
    await this.stop('something newer is to run');
    const { generation, attempt } = task;
    await this.memory.save({ generation, attempt, task, failure: undefined });
    this.start(task);
  }

  /** Ends what is under way; the next start finishes it. */
  async stop(why: string): Promise<void> {
    this.underWay?.abort.abort(new Error(why));
    await this.underWay?.ended;
  }

  private start(task: Desired): void {
    const abort = new AbortController();
    const ended = this.carryOut(task, abort.signal).then(() => {
      this.underWay = undefined;
      this.onEnd();
    });
    this.underWay = { ended, abort };
  }

  private async carryOut(task: Desired, signal: AbortSignal): Promise<void> {
    this.say(`${updateText(task)} begins`);
    try {
      const failure = await this.update(task, signal);
      if (failure !== undefined) return await this.failed(task, failure);
      this.say(`${updateText(task)} is done`);
      const installed = await this.installation?.current();
      await this.memory.save({ task: undefined, versions: task.versions, installed, untouched: true });
      await this.installation?.prune(signal).catch((fault: unknown) => this.say(wordsOf(fault)));
    } catch (error) {
      if (signal.aborted) return;
      // Not the instance's fault: it is told, and tried again when somebody asks for it.
      await this.failed(task, wordsOf(error)).catch((fault: unknown) => this.say(wordsOf(fault)));
    }
  }

  private async failed(task: Desired, failure: string): Promise<void> {
    this.say(`${updateText(task)} failed: ${failure}`);
    await this.memory.save({ task: undefined, failure });
  }

  /** Answers why it failed; undefined: it is done. */
  private async update(task: Desired, signal: AbortSignal): Promise<string | undefined> {
    if (await this.wasLeftAlone(task, signal)) {
      this.say('it runs that still: nothing was done to it');
      return undefined;
    }
    const { artifact, ...versions } = task.versions;
    const before = this.memory.state.versions;
    if (artifact === undefined) {
      await this.touch();
      return this.instance.update(task, { before }, signal);
    }
    if (this.installation === undefined) {
      throw new ArtifactFailure(`it comes in an artifact (${artifact}), and agent.yaml has no install_dir for it`);
    }
    const release = { ...versions, artifact };
    const releaseDir = await this.installation.bring(release, signal);
    await this.touch();
    await this.installation.makeCurrent(release, signal);
    return this.instance.update(task, { before, releaseDir }, signal);
  }

  /** Whether it goes back to what it runs all the time: a healthy service isn't restarted for that. */
  private async wasLeftAlone({ restore, versions }: Desired, signal: AbortSignal): Promise<boolean> {
    const { state } = this.memory;
    if (restore !== true || state.untouched !== true) return false;
    const probe = await this.instance.look(signal);
    if (probe.kind === 'unreachable' || probe.health !== HEALTH.HEALTHY) return false;
    const recorded = recordedOf(state, await this.installation?.current());
    return sameVersions(versionsOf(probe, recorded, state.versions).versions, versions);
  }

  /** From here on the instance is not what it was. */
  private async touch(): Promise<void> {
    if (this.memory.state.untouched === true) await this.memory.save({ untouched: undefined });
  }

  /** Takes away what a crash left. What can't be is told; whoever needs the room will say so. */
  private async tidy(task: Desired | undefined, signal: AbortSignal): Promise<void> {
    try {
      await this.installation?.tidy(task?.versions.artifact, signal);
      if (task === undefined) await this.installation?.prune(signal);
    } catch (error) {
      if (!signal.aborted) this.say(wordsOf(error));
    }
  }
}
