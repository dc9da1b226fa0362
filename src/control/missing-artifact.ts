import type { DeploymentSpec } from '../domain';
import type { ArtifactStore } from '../domain/artifact';
import { InputError } from '../domain/errors';

/** What is wrong with a deployment whose artifact isn't in the store; undefined: nothing. */
export async function missingArtifact(
  artifacts: Pick<ArtifactStore, 'find'>,
  { release: { artifact }, driver }: Pick<DeploymentSpec, 'release' | 'driver'>,
): Promise<string | undefined> {
  // A simulated instance fetches nothing.
  if (artifact === undefined || driver.kind === 'simulated') return undefined;
  if ((await artifacts.find(artifact)) !== undefined) return undefined;
  return `the artifact ${artifact} is not in the store; push it first: \`belay artifact push FILE\``;
}

/** Refuses it before anything begins. */
export async function refuseMissingArtifact(
  artifacts: Pick<ArtifactStore, 'find'>,
  spec: DeploymentSpec,
): Promise<void> {
  const missing = await missingArtifact(artifacts, spec);
  if (missing !== undefined) throw new InputError(missing);
}
