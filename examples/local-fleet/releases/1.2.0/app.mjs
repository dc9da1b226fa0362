export const version = '1.2.0';

/** What a visitor sees. */
export function page({ greeting, weather }, instance) {
  return `${greeting} from ${instance}, release ${version}, where it is ${weather.now}\n`;
}

/** The bug that this release ships: it starts, but no configuration has a weather to talk about. */
export function faults({ weather }) {
  return weather === undefined ? ['the configuration has no weather'] : [];
}
