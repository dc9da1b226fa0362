export const version = '1.1.0';

let visits = 0;

/** What a visitor sees; new in this release: they are counted. */
export function page({ greeting }, instance) {
  visits += 1;
  return `${greeting} from ${instance}, release ${version}, visit ${visits}\n`;
}

/** What keeps this release from working; nothing. */
export function faults() {
  return [];
}
