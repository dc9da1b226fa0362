import { loadDeployment, specOfFiles, type DeployOptions } from '../schemas';
import type { DeploymentSpec, Instance } from '../domain';
import type { CliContext } from './context';
import { pathFrom } from './paths';
import { usage } from './verb';

/** Where a deployment is described: in a deployment.yaml, or in the two files. */
export interface Described {
  file?: string;
  instances?: string;
  desired?: string;
}

/** A deployment as it was asked for, and its fleet as listed. */
export interface Order {
  spec: DeploymentSpec;
  instances: Instance[];
}

/** Reads what is to be deployed; an InputError for every mistake in it. */
export async function readOrder(
  { directory, listFleet, remote }: Pick<CliContext, 'directory' | 'listFleet' | 'remote'>,
  described: Described,
  options: DeployOptions,
): Promise<Order> {
  const { file, instances, desired } = described;
  if (file !== undefined) {
    if (instances !== undefined || desired !== undefined) {
      throw usage('-f says it all: leave --instances and --desired away, or leave -f away');
    }
    const place = { directory, ...(remote === undefined ? {} : { where: 'api' as const }) };
    return loadDeployment(pathFrom(directory, file), options, place, listFleet);
  }
  if (instances === undefined || desired === undefined) {
    throw usage(
      instances === undefined && desired === undefined
        ? 'say what to deploy: -f deployment.yaml, or --instances instances.json --desired desired.json'
        : `${instances === undefined ? '--desired' : '--instances'} needs ${instances === undefined ? '--instances' : '--desired'} beside it`,
    );
  }
  if (remote !== undefined) {
    throw usage(
      `--instances lists a fleet on this machine, which the API at ${remote.url} can't reach; write a deployment.yaml with fleet: { labels: { … } }, or deploy where Belay runs, without BELAY_API_URL`,
    );
  }
  return specOfFiles(
    { instances: pathFrom(directory, instances), desired: pathFrom(directory, desired), options },
    { directory },
  );
}
