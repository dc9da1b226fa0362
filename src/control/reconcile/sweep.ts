import { repairSpec } from '../../domain/reconcile';
import { orderMembers } from '../../domain/plan';
import type { DriftNote, ReconcileSettings } from '../../store/reconcile-types';
import type { Started, Within } from '../control';
import { Refused } from '../errors';
import { startDeployment, type Orchestrator } from '../start';
import type { DirectStore } from '../store';
import { isWithin } from '../within';
import { findDrift, NOT_CONFIGURED, type DriftingInstance, type ServiceDrift } from './find';

/** In whose name repairs are begun. */
const ACTOR = 'reconcile';

interface Options extends Orchestrator {
  store: DirectStore;
}

/** Looks at every fleet that is meant once: tells what is new, and begins the repairs that are due. Answers with those. */
export async function sweep(options: Options, within: Within = {}): Promise<Started[]> {
  const { store } = options;
  const { mode } = (await store.reconciliation()) ?? NOT_CONFIGURED;
  await store.tellSilence();
  if (mode === 'off') return [];
  const services = (await findDrift(store, mode)).filter(
    ({ decisive, desired }) => desired.kind === 'desired' && isWithin(within, decisive),
  );
  await store.noteDrift(
    services.map(({ decisive: { environment, service } }) => ({ environment, service })),
    services.flatMap(notesOf),
  );
  const started: Started[] = [];
  for (const service of services) {
    const repair = await beginRepair(options, service);
    if (repair !== undefined) started.push(repair);
  }
  return started;
}

/** As `sweep`, when the last one was long enough ago: of several workers, one does it. */
export async function sweepWhenDue(options: Options, { intervalMs }: ReconcileSettings): Promise<void> {
  // Clocks and timers are a little off: what is nearly due is due.
  if (await options.store.takeSweep(0.9 * intervalMs)) await sweep(options);
}

/** A deployment of those that are due. Frozen, or overtaken by another deployment, it waits for the next sweep. */
async function beginRepair(
  options: Options,
  { decisive, desired, instances }: ServiceDrift,
): Promise<Started | undefined> {
  const due = instances.filter(({ will }) => will === 'bring' || will === 'repair');
  if (due.length === 0 || desired.kind === 'none') return undefined;
  const names = due.map(({ row }) => row.name);
  const spec = repairSpec(decisive.spec, desired.versions, names);
  const listed = (await options.store.matching(decisive.labels)).filter(({ name }) => names.includes(name));
  if (listed.length < names.length) return undefined;
  const request = { kind: 'reconcile', spec, actor: ACTOR, note: noteOf(decisive.id, due) } as const;
  try {
    return await startDeployment(options, options.store, request, orderMembers(spec, listed));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // What is in the way now is gone at some time; anything else is for a person to see.
    if (error.holder === undefined) await options.store.noteRefusal(decisive, error.message);
    return undefined;
  }
}

function noteOf(id: string, due: DriftingInstance[]): string {
  const newcomers = due.filter(({ will }) => will === 'bring').length;
  const counts = [
    ...(newcomers > 0 ? [`${newcomers} joined`] : []),
    ...(due.length > newcomers ? [`${due.length - newcomers} drifted`] : []),
  ];
  return `to what ${id} left: ${counts.join(', ')}`;
}

function notesOf({ decisive: { environment, service, id }, desired, instances }: ServiceDrift): DriftNote[] {
  if (desired.kind === 'none') return [];
  const { codeVersion, configurationVersion } = desired.versions;
  return instances.map(({ row, kind, reason }) => {
    const { versions } = row;
    const runs = versions === undefined ? 'no version' : `${versions.codeVersion} / ${versions.configurationVersion}`;
    const wanted = `${codeVersion} / ${configurationVersion} of ${id}`;
    const words = `${kind.replaceAll('_', ' ')}: reports ${runs}, wanted ${wanted}${reason === undefined ? '' : `; ${reason}`}`;
    return { environment, service, name: row.name, kind, words };
  });
}
