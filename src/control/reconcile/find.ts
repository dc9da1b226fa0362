import { desiredOf, verdictOf, type DesiredState, type ReconcileMode, type Verdict } from '../../domain/reconcile';
import { freezeText, type Freeze } from '../../domain/freeze';
import type { Versions } from '../../domain';
import type { DecisiveRow, FleetRow, PastRow, ReconcileSettings } from '../../store/reconcile-types';
import type { DirectStore } from '../store';

/** What a service's fleet is to run, and who differs from it. */
export interface ServiceDrift {
  decisive: DecisiveRow;
  desired: DesiredState;
  /** Why no repair can begin now. */
  obstacle?: string;
  instances: DriftingInstance[];
}

export interface DriftingInstance extends Verdict {
  row: FleetRow;
}

/** What is done until a worker has said what it is configured to do. */
export const NOT_CONFIGURED: ReconcileSettings = { mode: 'off', intervalMs: 0 };

/** Compares every fleet that is found by labels with what it is to run, by a few questions however many there are. */
export async function findDrift(store: DirectStore, mode: ReconcileMode): Promise<ServiceDrift[]> {
  const decisive = await store.decisive();
  const [rows, inFlight, freezes] = await Promise.all([
    store.fleets(decisive.map(({ environment, service, labels }) => ({ environment, service, labels }))),
    store.inFlight(),
    store.freezesInForce({}),
  ]);
  const fleets = ownFleets(decisive, rows);
  const services = await Promise.all(
    decisive.map(async (each) => {
      const fleet = fleets.get(each.id) ?? [];
      return {
        decisive: each,
        fleet,
        desired: desiredOf({
          ...each,
          ...(await wasReleased(store, each, fleet)),
          sided: each.spec.strategy.kind === 'blue_green',
        }),
      };
    }),
  );
  const past = await pastByName(store, services);
  return services.map(({ decisive: each, fleet, desired }): ServiceDrift => {
    const busy = inFlight.find((one) => one.environment === each.environment && one.service === each.service);
    const frozen = freezes.find(({ scope }) => binds(scope, each));
    const obstacle = obstacleOf(busy?.id, frozen, each.refused);
    return {
      decisive: each,
      desired,
      ...(obstacle === undefined ? {} : { obstacle }),
      instances: desired.kind === 'none' ? [] : fleet.flatMap((row) => verdictsOf(row, desired, mode, obstacle, past)),
    };
  });
}

function verdictsOf(
  row: FleetRow,
  { versions: desired }: { versions: Versions },
  mode: ReconcileMode,
  obstacle: string | undefined,
  past: Map<string, PastRow>,
): DriftingInstance[] {
  const { isKnown = false, episodes = [] } = past.get(keyOf(row)) ?? {};
  const circumstances = { desired, mode, ...(obstacle === undefined ? {} : { obstacle }) };
  const verdict = verdictOf({ ...row, isKnown, episodes }, circumstances);
  return verdict === undefined ? [] : [{ ...verdict, row }];
}

/** An instance that several services' labels match is that one's which was deployed last. */
function ownFleets(decisive: DecisiveRow[], rows: FleetRow[]): Map<string, FleetRow[]> {
  const byService = new Map(decisive.map((each) => [`${each.environment}/${each.service}`, each]));
  const serviceOf = (row: FleetRow) => byService.get(`${row.environment}/${row.service}`)!;
  const owners = new Map<string, number>();
  for (const row of rows) {
    owners.set(row.name, Math.max(owners.get(row.name) ?? 0, serviceOf(row).generation));
  }
  const fleets = new Map<string, FleetRow[]>(decisive.map(({ id }) => [id, []]));
  for (const row of rows) {
    const { id, generation } = serviceOf(row);
    if (owners.get(row.name) === generation) fleets.get(id)?.push(row);
  }
  return fleets;
}

/** What those ran that were there when it was rolled back, and are now. */
async function wasReleased(store: DirectStore, decisive: DecisiveRow, fleet: FleetRow[]) {
  const { release } = decisive.spec;
  if (decisive.status !== 'rolled_back') return { release, left: [] };
  const left = await store.leftBy(decisive.generation);
  return { release, left: fleet.flatMap(({ name }) => left.get(name) ?? []) };
}

/** What was done with those that may differ. */
async function pastByName(
  store: DirectStore,
  services: { decisive: DecisiveRow; fleet: FleetRow[]; desired: DesiredState }[],
): Promise<Map<string, PastRow>> {
  const asked = services.flatMap(({ decisive: { generation }, fleet, desired }) => {
    if (desired.kind === 'none') return [];
    const circumstances = { desired: desired.versions, mode: 'repair' } as const;
    return fleet
      .filter((row) => !row.silent && verdictOf({ ...row, isKnown: false, episodes: [] }, circumstances) !== undefined)
      .map(({ environment, service, name, joinedAt }) => ({ environment, service, name, joinedAt, since: generation }));
  });
  const rows = asked.length === 0 ? [] : await store.pastOf(asked);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function obstacleOf(busy: string | undefined, frozen: Freeze | undefined, refused: string | undefined) {
  if (busy !== undefined) return `${busy} is in flight`;
  if (frozen !== undefined) return freezeText(frozen);
  return refused;
}

function binds(scope: { environment?: string; service?: string }, { environment, service }: DecisiveRow): boolean {
  return (scope.environment ?? environment) === environment && (scope.service ?? service) === service;
}

function keyOf({ environment, service, name }: { environment: string; service: string; name: string }): string {
  return `${environment}/${service}/${name}`;
}
