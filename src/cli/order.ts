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
  { directory, listFleet }: Pick<CliContext, 'directory' | 'listFleet'>,
  described: Described,
  options: DeployOptions,
): Promise<Order> {
  const { file, instances, desired } = described;
  if (file !== undefined) {
    if (instances !== undefined || desired !== undefined) {
      throw usage('-f says it all: leave --instances and --desired away, or leave -f away');
    }
    return loadDeployment(pathFrom(directory, file), options, { directory }, listFleet);
  }
  if (instances === undefined || desired === undefined) {
    throw usage(
      instances === undefined && desired === undefined
        ? 'say what to deploy: -f deployment.yaml, or --instances instances.json --desired desired.json'
        : `${instances === undefined ? '--desired' : '--instances'} needs ${instances === undefined ? '--instances' : '--desired'} beside it`,
    );
  }
  return specOfFiles(
    { instances: pathFrom(directory, instances), desired: pathFrom(directory, desired), options },
    { directory },
  );
}
