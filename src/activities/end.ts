import type { StatusDocument } from '../domain';
import type { Tools } from './dependencies';

/** Writes the fleet's file for the last time, then ends the deployment in the database. */
export async function recordEnd(tools: Tools, { document }: { document: StatusDocument }): Promise<void> {
  const { request } = await tools.deployments.of(document.generation);
  await tools.fleetFiles.writeAll(document.generation, request.spec.fleet);
  await tools.store.end(document);
}
