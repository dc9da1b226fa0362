import type { FleetSource } from './spec';

/** What the inventory is called where a file's path would stand: half of a claim's key. Never a path: it isn't absolute. */
export const INVENTORY = 'inventory';

/** Of a deployment without instances. */
const NOWHERE = 'nowhere';

/** What tells instances of one name apart: the real path of the file that lists them, or that it is the inventory. */
export function fleetKey(fleet: FleetSource): string {
  switch (fleet.kind) {
    case 'file':
      return fleet.path;
    case 'inventory':
      return INVENTORY;
    case 'none':
      return NOWHERE;
  }
}

/** A file's path, or `inventory: role=web, zone=a`. */
export function fleetText(fleet: FleetSource): string {
  switch (fleet.kind) {
    case 'file':
      return fleet.path;
    case 'inventory':
      return `${INVENTORY}: ${labelsText(fleet.labels)}`;
    case 'none':
      return 'no instances';
  }
}

/** `role=web, zone=a` */
export function labelsText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(', ');
}
