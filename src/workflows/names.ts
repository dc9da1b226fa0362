import { CancellationScope } from '@temporalio/workflow';
import { short } from './activities';

const PAGE = 500;

/** Names of members, loaded by pages when one of them is needed first. */
export class Names {
  private readonly known = new Map<number, string>();
  private readonly loading = new Map<number, Promise<void>>();

  constructor(private readonly generation: number) {}

  /** The name, where its page is loaded. */
  peek(ordinal: number): string | undefined {
    return this.known.get(ordinal);
  }

  /** The name; a member that nobody knows by name is called by its ordinal. */
  async of(ordinal: number): Promise<string> {
    // The second time is for a newcomer on a page that was asked for before it joined.
    for (let tries = 0; tries < 2 && !this.known.has(ordinal); tries++) await this.page(ordinal);
    return this.known.get(ordinal) ?? String(ordinal);
  }

  private page(ordinal: number): Promise<void> {
    const from = ordinal - (ordinal % PAGE);
    const underway = this.loading.get(from);
    if (underway) return underway;
    const load = this.load(from).finally(() => this.loading.delete(from));
    this.loading.set(from, load);
    return load;
  }

  /** Shared by whoever waits for it, so no one's cancellation may stop it. */
  private async load(from: number): Promise<void> {
    const page = await CancellationScope.nonCancellable(() =>
      short.names.executeWithOptions({ summary: `names from ${from}` }, [{ generation: this.generation, from }]),
    );
    page.names.forEach((name, index) => this.known.set(page.from + index, name));
  }
}
