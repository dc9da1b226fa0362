import type { Member } from '../instance';
import { labelVariable } from '../label-variable';
import type { CommandDriverSpec, SshDriverSpec } from '../spec';
import type { PlannedCommand } from './plan';

const SET_BY_BELAY = [
  'INSTANCE_ID',
  'INSTANCE_ADDRESS',
  'CODE_VERSION',
  'CONFIGURATION_VERSION',
  'PREVIOUS_CODE_VERSION',
  'PREVIOUS_CONFIGURATION_VERSION',
  'GENERATION',
  'ATTEMPT',
  'BELAY_ARTIFACT',
];

/** What is run for each instance, with the names of the variables that it gets. */
export function commandOf(driver: CommandDriverSpec | SshDriverSpec, members: Member[]): PlannedCommand {
  const labels = new Set(members.flatMap(({ labels: of }) => Object.keys(of)));
  const variables = [...labels].map(labelVariable).sort();
  const environment = [...new Set([...SET_BY_BELAY, ...variables, ...Object.keys(driver.env)])];
  const planned = { argv: driver.update, directory: driver.directory, environment };
  if (driver.kind === 'command') return planned;
  const { user, port, hostLabel } = driver;
  return { ...planned, ssh: { user, port, ...(hostLabel === undefined ? {} : { host_label: hostLabel }) } };
}

/** Words of a command line; those with spaces or quotes in quotes. */
export function commandText(argv: readonly string[]): string {
  return argv.map((word) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}
