import { openAt } from './open';
import { momentText, windowText } from './text';
import type { DeploymentWindow } from './window';

/** A freeze that comes and goes by itself, as belay.yaml says: deployments wait there meanwhile. */
export interface PlannedFreeze {
  /** Absent: all. */
  environment?: string;
  /** Absent: all of the environment. */
  services?: string[];
  reason: string;
  when:
    /** In ms since the epoch; `until` is after `from`. */
    | { kind: 'between'; from: number; until: number }
    /** Whenever this is open. */
    | { kind: 'weekly'; window: DeploymentWindow };
}

/** Those that bind a service, whenever it is. */
export function plannedFor(
  freezes: readonly PlannedFreeze[],
  { environment, service }: { environment: string; service: string },
): PlannedFreeze[] {
  return freezes.filter(
    (freeze) => (freeze.environment ?? environment) === environment && (freeze.services?.includes(service) ?? true),
  );
}

/** Until when it holds, as of a moment at which it does; null: for weeks; undefined: it doesn't hold then. */
export function heldUntil({ when }: PlannedFreeze, at: number): number | null | undefined {
  switch (when.kind) {
    case 'between':
      return at >= when.from && at < when.until ? when.until : undefined;
    case 'weekly': {
      const { open, until } = openAt([when.window], new Date(at));
      return open ? (until?.getTime() ?? null) : undefined;
    }
  }
}

/** `frozen by belay.yaml until 2027-01-04 07:00 UTC: Christmas` */
export function plannedText({ when, reason }: PlannedFreeze, until: number | null): string {
  const zone = when.kind === 'weekly' ? when.window.timeZone : 'UTC';
  const weekly = when.kind === 'weekly' ? ` (${windowText(when.window)})` : '';
  const end = until === null ? '' : ` until ${momentText(new Date(until), zone)}`;
  return `frozen by belay.yaml${weekly}${end}: ${reason}`;
}
