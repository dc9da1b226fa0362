import { setTimeout as delay } from 'node:timers/promises';
import type { Control, EventRow, Standing } from '../control/control';
import { deploymentNameText, type DeploymentName } from '../control/name';

const LOOK_MS = 1_000;

/** Somebody who follows a deployment: woken after each look, and told when there are no more. */
export interface Follower {
  look(log: EventRow[], standing: Standing): void;
  end(error?: unknown): void;
}

/**
 * Deployments that somebody follows, each looked at once a second however many follow it; of its event log only what is
 * new is read. Whoever joins later is told the rest out of memory.
 */
export class Feeds {
  private readonly feeds = new Map<string, Feed>();

  constructor(private readonly control: Pick<Control, 'status' | 'events'>) {}

  /** @returns what ends the following */
  follow(name: DeploymentName, follower: Follower): () => void {
    const key = deploymentNameText(name);
    let feed = this.feeds.get(key);
    if (feed === undefined || feed.over) {
      const made = new Feed(this.control, name);
      feed = made;
      this.feeds.set(key, made);
      void made.run().finally(() => this.feeds.get(key) === made && this.feeds.delete(key));
    }
    return feed.add(follower);
  }
}

class Feed {
  private readonly followers = new Set<Follower>();
  private readonly log: EventRow[] = [];
  private standing: Standing | undefined;
  over = false;

  constructor(
    private readonly control: Pick<Control, 'status' | 'events'>,
    private readonly name: DeploymentName,
  ) {}

  add(follower: Follower): () => void {
    this.followers.add(follower);
    if (this.standing !== undefined) follower.look(this.log, this.standing);
    if (this.over) follower.end();
    return () => void this.followers.delete(follower);
  }

  async run(): Promise<void> {
    let error: unknown;
    try {
      while (!this.over) {
        await this.look();
        if (!this.over) await delay(LOOK_MS);
        if (this.followers.size === 0) this.over = true;
      }
    } catch (fault) {
      error = fault;
    }
    this.over = true;
    for (const follower of this.followers) follower.end(error);
  }

  private async look(): Promise<void> {
    const standing = await this.control.status(this.name);
    // Read after the status: what led to the end is told before it.
    this.log.push(...(await this.control.events(this.name, this.log.at(-1)?.id)));
    this.standing = standing;
    for (const follower of this.followers) follower.look(this.log, standing);
    if (standing.recorded) this.over = true;
  }
}
