import { releaseDocument } from '../domain';
import type { InventoryRow, Sample } from './inventory';

/** An instance as JSON: `instances list --json`, and the API. `status` is 0 unknown, 1 healthy, 2 degraded, 3 failed. */
export function inventoryDocument(row: InventoryRow) {
  const { excluded, desired } = row;
  return {
    name: row.name,
    ip: row.ip,
    port: row.port ?? null,
    labels: row.labels,
    status: row.health as number,
    code_version: row.versions?.codeVersion ?? null,
    configuration_version: row.versions?.configurationVersion ?? null,
    artifact: row.versions?.artifact ?? null,
    generation: row.generation,
    reason: row.reason ?? null,
    last_seen: row.seenAt.toISOString(),
    silent: row.silent,
    registered_at: row.registeredAt.toISOString(),
    excluded:
      excluded === undefined
        ? null
        : { at: excluded.at.toISOString(), by: excluded.by, reason: excluded.reason ?? null },
    desired:
      desired === undefined
        ? null
        : {
            ...releaseDocument(desired.versions),
            generation: desired.generation,
            attempt: desired.attempt,
          },
  };
}

/** One heartbeat as JSON. */
export function sampleDocument({ at, health, versions, generation, metrics }: Sample) {
  return {
    at: at.toISOString(),
    status: health as number,
    code_version: versions?.codeVersion ?? null,
    configuration_version: versions?.configurationVersion ?? null,
    artifact: versions?.artifact ?? null,
    generation,
    metrics: { ...metrics },
  };
}
