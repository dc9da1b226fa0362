import { HEALTH } from '../domain';
import type { Desired } from '../domain/agent';
import type { AgentConfig } from '../schemas/agent';
import { readText } from '../schemas/read-text';
import { ArtifactFailure } from './artifact/failure';
import { Installation, type Ask } from './artifact/installation';
import { Refused, type ControlPlane, type Report } from './control-plane';
import type { LocalInstance } from './instance';
import { pause } from './pause';
import { healthOf, jittered, recordedOf, updateText, versionsOf } from './report';
import { wordsOf } from './words';
import { loadState, saveState, type AgentState } from './state';

/** After so many intervals without a heartbeat nobody knows any more how the instance is. */
const LONGEST_RETRY = 3;
const LONGEST_RETRY_MS = 30_000;

/**
 * Looks after one instance: tells the control plane how it is, and does what it is told by its own command. It obeys the
 * highest generation that it has seen and no lower one, also after a crash. While the control plane is away it leaves the
 * instance as it is and keeps trying.
 */
export class Agent {
  private state: AgentState = { generation: 0, attempt: 0 };
  private updating: { ended: Promise<void>; abort: AbortController } | undefined;
  private wake: AbortController = new AbortController();
  private refusedGeneration = 0;
  /** Absent without install_dir. */
  private readonly installation: Installation | undefined;

  constructor(
    private readonly config: AgentConfig,
    private readonly plane: ControlPlane,
    private readonly instance: LocalInstance,
    private readonly say: (text: string) => void,
  ) {
    const ask: Ask = (digest, from, signal) => plane.artifact(digest, this.state.secret ?? '', from, signal);
    this.installation = config.installation && new Installation(config.installation, ask, say);
  }

  /**
   * Runs until the signal is aborted; what is under way then is ended, and finished by the next one.
   * @throws InputError where its state can't be read, or this machine lacks what agent.yaml names
   */
  async run(signal: AbortSignal): Promise<void> {
    this.state = await loadState(this.config.stateDir);
    await this.instance.check();
    await this.instance.endLeftover(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    const { task } = this.state;
    await this.tidy(task, signal);
    if (task !== undefined) {
      this.say(`${updateText(task)} was interrupted; finishing it first`);
      this.start(task);
    }
    signal.addEventListener('abort', () => this.wake.abort());
    let failures = 0;
    while (!signal.aborted) {
      this.wake = new AbortController();
      let wait: number;
      try {
        wait = jittered(await this.beat(signal), this.config.heartbeat.jitter);
        if (failures > 0) this.say('the control plane answers again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        if (failures === 1) this.say(`${wordsOf(error)}; the instance stays as it is, and it is tried again`);
        wait = jittered(this.retryMs(failures), 0.5);
      }
      // Whatever ends meanwhile is reported at once.
      await pause(wait, AbortSignal.any([signal, this.wake.signal])).catch(() => undefined);
    }
    this.updating?.abort.abort(new Error('the agent stops'));
    await this.updating?.ended;
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

  private retryMs(failures: number): number {
    const { intervalMs } = this.config.heartbeat;
    const growing = (intervalMs / 16) * 2 ** Math.min(failures - 1, 10);
    return Math.min(LONGEST_RETRY_MS, LONGEST_RETRY * intervalMs, growing);
  }

  /** One heartbeat; answers when the next one is due, in milliseconds. */
  private async beat(signal: AbortSignal): Promise<number> {
    const secret = this.state.secret ?? (await this.register(signal));
    const report = await this.report(signal);
    try {
      const { desired, nextHeartbeatMs } = await this.plane.heartbeat(this.config.name, secret, report, signal);
      await this.consider(desired);
      return nextHeartbeatMs;
    } catch (error) {
      // Deleted, or its name was registered anew.
      if (error instanceof Refused && (error.status === 401 || error.status === 404)) {
        await this.save({ secret: undefined });
      }
      throw error;
    }
  }

  private async register(signal: AbortSignal): Promise<string> {
    const { name, ip, port, labels, registrationTokenFile } = this.config;
    const token = (await tokenIn(registrationTokenFile)).trim();
    const identity = { name, ip, labels, ...(port === undefined ? {} : { port }) };
    const secret = await this.plane.register(identity, token, undefined, signal);
    await this.save({ secret });
    this.say(`${name} is registered`);
    return secret;
  }

  private async report(signal: AbortSignal): Promise<Report> {
    const [probe, metrics] = await Promise.all([this.instance.look(signal), this.instance.metrics(signal)]);
    const { generation, attempt, task, failure } = this.state;
    const base = {
      ...healthOf(probe),
      ...versionsOf(probe, recordedOf(this.state, await this.installation?.current()), this.state.versions),
      generation,
      attempt,
      ...(metrics === undefined ? {} : { metrics }),
    };
    if (task !== undefined) return { ...base, health: HEALTH.DEGRADED, reason: `${updateText(task)} is under way` };
    return failure === undefined ? base : { ...base, health: HEALTH.FAILED, reason: failure };
  }

  /** Obeys what is newer than what it obeyed. */
  private async consider(desired: Desired | undefined): Promise<void> {
    const { generation, attempt, failure } = this.state;
    if (desired === undefined) {
      // Nobody waits for it any more: how it is counts again, and not what it failed at.
      if (failure !== undefined) await this.save({ failure: undefined });
      return;
    }
    if (desired.generation < generation) {
      if (this.refusedGeneration !== desired.generation) {
        this.say(`refused generation ${desired.generation}: it obeyed ${generation}`);
      }
      this.refusedGeneration = desired.generation;
      return;
    }
    if (desired.generation === generation && desired.attempt <= attempt) return;
    // What is under way is older: it ends first.
    this.updating?.abort.abort(new Error('something newer is to run'));
    await this.updating?.ended;
    await this.save({
      generation: desired.generation,
      attempt: desired.attempt,
      task: desired,
      failure: undefined,
    });
    this.start(desired);
  }

  /** Carries it out beside the heartbeats. */
  private start(task: Desired): void {
    const abort = new AbortController();
    const ended = this.carryOut(task, abort.signal).then(() => {
      this.updating = undefined;
      this.wake.abort();
    });
    this.updating = { ended, abort };
  }

  private async carryOut(task: Desired, signal: AbortSignal): Promise<void> {
    this.say(`${updateText(task)} begins`);
    try {
      const failure = await this.update(task, signal);
      this.say(failure === undefined ? `${updateText(task)} is done` : `${updateText(task)} failed: ${failure}`);
      if (failure !== undefined) return await this.save({ task: undefined, failure });
      await this.save({ task: undefined, versions: task.versions, installed: await this.installation?.current() });
      await this.installation?.prune(signal).catch((fault: unknown) => this.say(wordsOf(fault)));
    } catch (error) {
      if (signal.aborted) return;
      // Not the instance's fault: it is told, and tried again when somebody asks for it.
      const failure = wordsOf(error);
      this.say(`${updateText(task)} failed: ${failure}`);
      await this.save({ task: undefined, failure }).catch((fault: unknown) => this.say(wordsOf(fault)));
    }
  }

  /** Answers why it failed; undefined: it is done. */
  private async update(task: Desired, signal: AbortSignal): Promise<string | undefined> {
    const { artifact, ...versions } = task.versions;
    const before = this.state.versions;
    if (artifact === undefined) return this.instance.update(task, { before }, signal);
    if (this.installation === undefined) {
      throw new ArtifactFailure(`it comes in an artifact (${artifact}), and agent.yaml has no install_dir for it`);
    }
    const releaseDir = await this.installation.install({ ...versions, artifact }, signal);
    return this.instance.update(task, { before, releaseDir }, signal);
  }

  /** Durable before anything is done about it. */
  private async save(change: { [K in keyof AgentState]?: AgentState[K] | undefined }): Promise<void> {
    const state = { ...this.state, ...change } as AgentState;
    await saveState(this.config.stateDir, state);
    this.state = state;
  }
}

async function tokenIn(file: string): Promise<string> {
  return readText(file, 1).catch((fault: unknown) => {
    throw new Error(`registration_token_file: ${wordsOf(fault)}`, { cause: fault });
  });
}
