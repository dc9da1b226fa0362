import type { DriftKind, ReconcileMode, Verdict } from '../../domain/reconcile';
import { durationText } from '../../domain/duration';
import { releaseDocument, type ReleaseDocument } from '../../domain';
import type { ReconcileSettings } from '../../store/reconcile-types';
import type { DriftingInstance, ServiceDrift } from './find';

/** What `instances drift --json` and `GET /inventory/drift` answer. */
export interface DriftDocument {
  reconcile: { mode: ReconcileMode; interval: string; last_sweep: string | null };
  services: ServiceDriftDocument[];
}

export interface ServiceDriftDocument {
  environment: string;
  service: string;
  /** Null: nobody reconciles, and `reason` says why. */
  desired: ReleaseDocument | null;
  /** The deployment that left it. */
  deployment: string;
  reason: string | null;
  instances: DriftInstanceDocument[];
}

export interface DriftInstanceDocument {
  instance_id: string;
  kind: DriftKind;
  code_version: string | null;
  configuration_version: string | null;
  artifact?: string;
  status: number;
  /** Since when it has reported that; of a silent one, its last heartbeat. */
  since: string;
  will: Verdict['will'];
  reason: string | null;
}

export function driftDocument(
  { mode, intervalMs, sweptAt }: ReconcileSettings & { sweptAt?: Date },
  services: ServiceDrift[],
): DriftDocument {
  const last_sweep = sweptAt?.toISOString() ?? null;
  return {
    reconcile: { mode, interval: durationText(intervalMs), last_sweep },
    services: services.map(serviceDocument),
  };
}

function serviceDocument({ decisive, desired, instances }: ServiceDrift): ServiceDriftDocument {
  const { environment, service, id } = decisive;
  const versions = desired.kind === 'desired' ? desired.versions : undefined;
  return {
    environment,
    service,
    desired: versions === undefined ? null : releaseDocument(versions),
    deployment: id,
    reason: desired.kind === 'none' ? desired.why : null,
    instances: instances.map(instanceDocument),
  };
}

function instanceDocument({ row, kind, will, reason }: DriftingInstance): DriftInstanceDocument {
  return {
    instance_id: row.name,
    kind,
    code_version: row.versions?.codeVersion ?? null,
    configuration_version: row.versions?.configurationVersion ?? null,
    ...(row.versions?.artifact === undefined ? {} : { artifact: row.versions.artifact }),
    status: row.health,
    since: (kind === 'silent' ? row.seenAt : row.versionsSince).toISOString(),
    will,
    reason: reason ?? null,
  };
}
