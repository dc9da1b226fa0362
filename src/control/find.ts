import { nearest } from '../domain/names';
import type { ControlStore, DeploymentRow } from '../store/types';
import type { Within } from './control';
import { NotFound } from './errors';
import { deploymentNameText, type DeploymentName } from './name';

/** How many of the existing ones an unknown name is compared with, and how many of them are named. */
const COMPARED = 200;
const NAMED = 5;

/** The row that a name stands for; refused, with what exists, when there is none. */
export async function findDeployment(store: ControlStore, name: DeploymentName): Promise<DeploymentRow> {
  const row = await lookUp(store, name);
  if (row === undefined) throw await unknownDeployment(store, name);
  return row;
}

/** The row that a name stands for, if there is one. */
export async function lookUp(store: ControlStore, name: DeploymentName): Promise<DeploymentRow | undefined> {
  if (name.generation === undefined) return store.latest(name.environment, name.service);
  const row = await store.deployment(name.generation);
  return row?.environment === name.environment && row.service === name.service ? row : undefined;
}

/** A name stands for no deployment; `within` says so to somebody who isn't to be told of all that does exist. */
export class UnknownDeployment extends NotFound {
  constructor(
    { message, hints }: NotFound,
    readonly within: (within: Within) => Promise<NotFound>,
  ) {
    super(message, hints);
  }
}

/** The refusal for a name that stands for nothing: it lists what does exist. */
export async function unknownDeployment(store: ControlStore, name: DeploymentName): Promise<UnknownDeployment> {
  return new UnknownDeployment(await refusal(store, name), (within) => refusal(store, name, within));
}

async function refusal(store: ControlStore, name: DeploymentName, within: Within = {}): Promise<NotFound> {
  const rows = await store.deployments({ ...within, limit: COMPARED });
  const what = `there is no deployment ${deploymentNameText(name)}`;
  if (rows.length === 0) return new NotFound(what, ['nothing was deployed yet: see `belay deploy --help`']);
  const wanted = `${name.environment}/${name.service}`;
  const ofService = rows.filter((row) => serviceOf(row) === wanted);
  if (ofService.length > 0) {
    return new NotFound(what, [`of that service there are: ${someOf(ofService.map((row) => row.id))}`]);
  }
  const services = [...new Set(rows.map(serviceOf))];
  const meant = nearest(wanted, services);
  return new NotFound(what, [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    `there are: ${someOf(services)}`,
  ]);
}

function someOf(names: string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function serviceOf(row: DeploymentRow): string {
  return `${row.environment}/${row.service}`;
}
