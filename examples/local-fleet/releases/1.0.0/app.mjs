export const version = '1.0.0';

/** What a visitor sees. */
export function page({ greeting }, instance) {
  return `${greeting} from ${instance}, release ${version}\n`;
}

/** What keeps this release from working; nothing. */
export function faults() {
  return [];
}
