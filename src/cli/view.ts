import type { Standing } from '../control/control';
import type { StatusDocument } from '../domain';
import type { Output } from './output';
import { printable } from './render/printable';
import { progressBlock, progressChanges, watchText } from './render/progress';

/** Shows how a deployment goes on. */
export interface View {
  /** Whether it has room for the names of those being worked on. */
  readonly wantsBusy: boolean;
  update(standing: Pick<Standing, 'document' | 'notice'>, busy: string[]): void;
  /** Leaves what was drawn and goes on below it. */
  end(): void;
}

/** Redraws in place on a terminal; elsewhere a line for each change. */
export function createView(output: Output): View {
  return output.live ? new LiveView(output) : new PlainView(output);
}

class LiveView implements View {
  readonly wantsBusy = true;
  private drawn = 0;
  private linked: string | null = null;

  constructor(private readonly output: Output) {}

  update({ document, notice }: Pick<Standing, 'document' | 'notice'>, busy: string[]): void {
    const width = this.output.columns() - 1;
    const lines = progressBlock(document, busy, this.output.paint, notice, width);
    const up = this.drawn === 0 ? '' : `\x1b[${this.drawn}A`;
    const { web_ui } = document.links;
    const above = web_ui === null || web_ui === this.linked ? '' : `${this.output.paint.dim(watchText(web_ui))}\n`;
    // The carriage return: what is typed meanwhile, or a ^C, is echoed and leaves the cursor behind it.
    this.output.draw(`\r${up}\x1b[0J${above}${printable(lines.join('\n'))}\n`);
    this.linked = web_ui;
    this.drawn = lines.length;
  }

  end(): void {
    this.drawn = 0;
  }
}

class PlainView implements View {
  readonly wantsBusy = false;
  private before: StatusDocument | undefined;
  private noticed: string | undefined;

  constructor(private readonly output: Output) {}

  update({ document, notice }: Pick<Standing, 'document' | 'notice'>): void {
    for (const line of progressChanges(this.before, document)) this.output.line(line);
    this.before = document;
    if (notice !== undefined && notice !== this.noticed) this.output.say(notice);
    this.noticed = notice;
  }

  end(): void {
    this.before = undefined;
  }
}
