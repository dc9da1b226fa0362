import { durationText } from '../domain/duration';
import { scopeText } from '../domain/freeze';
import type {
  AttemptRow,
  Control,
  Details,
  EventRow,
  HookRunRow,
  FreezeRow,
  Frozen,
  InstanceHistoryRow,
  Overview,
  Standing,
} from './control';
import { parseDeploymentName } from './name';
import { releaseDocument, type InstanceDocument, type Status, type StatusDocument } from '../domain';

const LISTS = {
  updated: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  unchanged: 'unchanged',
  rolled_back: 'rolled_back',
  unresolved: 'unresolved',
} as const;

/**
 * What `deploy --json` prints: the status document, the names by what became of them, and all that happened.
 * A success is what the verb was for: to a rollback, that it was rolled back.
 */
export async function deployDocument(
  control: Control,
  standing: Standing,
  instances: InstanceDocument[],
  wanted: Status = 'succeeded',
): Promise<unknown> {
  const { document } = standing;
  const name = parseDeploymentName(document.id);
  const [events, attempts] = await Promise.all([control.events(name), control.logs(name)]);
  return {
    ...statusDocument(standing),
    success: document.status === wanted,
    ...namesByState(instances),
    history: events.map(eventDocument),
    per_instance_history: historyByName(instances, attempts),
  };
}

/** What `status DEPLOYMENT --json` prints. */
export function statusDocument({
  document,
  notice,
}: Pick<Standing, 'document' | 'notice'>): StatusDocument & { notice?: string } {
  return notice === undefined ? document : { ...document, notice };
}

/** What `show --json` prints. */
export function showDocument({ standing, instances, events, exposure }: Details): unknown {
  const { document } = standing;
  return {
    ...statusDocument(standing),
    duration: durationText(document.duration_ms),
    enabled_features: document.enabled_features ?? {},
    ...exposure,
    names: namesByState(instances),
    instances,
    history: events.map(eventDocument),
  };
}

/** Names by what became of them; those that were never reached are in none. */
export function namesByState(instances: InstanceDocument[]): Record<keyof typeof LISTS, string[]> {
  const named = (state: string) => instances.filter((each) => each.state === state).map((each) => each.instance_id);
  return {
    updated: named(LISTS.updated),
    failed: named(LISTS.failed),
    skipped: named(LISTS.skipped),
    unchanged: named(LISTS.unchanged),
    rolled_back: named(LISTS.rolled_back),
    unresolved: named(LISTS.unresolved),
  };
}

/** The attempts of each instance; their output is left to `logs`. */
export function historyByName(instances: InstanceDocument[], attempts: AttemptRow[]): Record<string, unknown[]> {
  const byName: Record<string, unknown[]> = Object.fromEntries(instances.map((each) => [each.instance_id, []]));
  for (const attempt of attempts) {
    const { output: _, ...document } = attemptDocument(attempt);
    (byName[attempt.name] ??= []).push(document);
  }
  return byName;
}

/** An event as JSON. */
export function eventDocument({ at, generation, instance, flag, type, by, reason }: EventRow): Record<string, unknown> {
  return { at: at.toISOString(), type, generation, instance, flag, by, reason };
}

/** An attempt as JSON. */
export function attemptDocument(row: AttemptRow): Record<string, unknown> {
  return {
    generation: row.generation,
    instance_id: row.name,
    attempt: row.attempt,
    towards: row.towards,
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    ok: row.ok ?? null,
    reason: row.reason ?? null,
    output: row.output ?? null,
  };
}

/** A run of a hook as JSON. */
export function hookRunDocument(row: HookRunRow): Record<string, unknown> {
  return {
    generation: row.generation,
    instance_id: null,
    hook: row.hook,
    run: row.number,
    moment: row.moment,
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt.toISOString(),
    ok: row.fault === undefined,
    reason: row.fault ?? null,
    output: row.output ?? null,
  };
}

/** The overview as JSON. */
export function overviewDocument({ running, in_flight, frozen }: Overview): Record<string, unknown> {
  return {
    running: running.map((row) => ({
      service: row.service,
      environment: row.environment,
      ...releaseDocument(row.versions),
      instances: row.instances,
      since: row.since.toISOString(),
      by: row.by,
      mixed: row.mixed,
      found: row.found === true,
    })),
    in_flight,
    frozen: frozen.map(freezeDocument),
  };
}

/** A freeze as JSON. */
export function freezeDocument({ scope, by, reason, since, until, isInForce, lifted }: FreezeRow) {
  return {
    scope: scopeText(scope),
    environment: scope.environment ?? null,
    service: scope.service ?? null,
    by,
    reason,
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
    in_force: isInForce,
    lifted: lifted === undefined ? null : { at: lifted.at.toISOString(), by: lifted.by, reason: lifted.reason ?? null },
  };
}

/** What a freeze that was asked for led to, as JSON. */
export function frozenDocument({ freeze, replaced, already, in_flight }: Frozen) {
  return {
    ...freezeDocument(freeze),
    already,
    replaced: replaced === undefined ? null : freezeDocument(replaced),
    in_flight,
  };
}

/** One row of an instance's history as JSON. */
export function instanceHistoryDocument(row: InstanceHistoryRow) {
  return {
    instance_id: row.instance,
    service: row.service,
    environment: row.environment,
    ...releaseDocument(row.versions),
    since: row.since.toISOString(),
    generation: row.generation,
    by: row.by,
    found: row.found === true,
  };
}
