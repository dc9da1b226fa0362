import { Gauge, type Registry } from 'prom-client';
import { healthWord } from '../domain';
import type { Figures } from '../store/figures';

/** However many scrape, the database is asked no more often than this. */
const FRESH_MS = 5_000;

/** What the database knows, told by each process that asks it: the same numbers, so take the `max` of them, no sum. */
export function addFigures(registry: Registry, read: () => Promise<Figures>): () => Promise<void> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge('belay_database_up', 'Whether the database answered this scrape.');
  const deployments = gauge('belay_deployments', 'Deployments that there were, by the status that each has.', [
    'environment',
    'service',
    'status',
  ]);
  const age = gauge('belay_deployment_age_seconds', 'Since when each deployment in flight has been going on.', [
    'environment',
    'service',
    'status',
  ]);
  const instances = gauge('belay_instances', 'Instances of the inventory, by how they are now.', ['state']);
  const excluded = gauge('belay_instances_excluded', 'Instances of the inventory that deployments leave out.');

  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  const look = async () => {
    try {
      const figures = await read();
      [deployments, age, instances].forEach((each) => each.reset());
      for (const { count, ...labels } of figures.deployments) deployments.set(labels, count);
      for (const { ageSeconds, ...labels } of figures.inFlight) age.set(labels, ageSeconds);
      for (const { health, count } of figures.instances) instances.set({ state: healthWord(health) }, count);
      excluded.set(figures.excluded);
      up.set(1);
    } catch {
      // What was true a while ago would hide that nobody knows.
      [deployments, age, instances].forEach((each) => each.reset());
      up.set(0);
    }
    readAt = performance.now();
    reading = undefined;
  };
  return async () => {
    if (performance.now() - readAt < FRESH_MS) return;
    await (reading ??= look());
  };
}
