const PATTERN =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,3}))?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/** The moment of an ISO 8601 time with its zone, like `2026-02-01T09:00+01:00`; undefined for anything else. */
export function parseInstant(text: string): Date | undefined {
  const [, day, hours, minutes, seconds = '00', fraction = '0', zone] = PATTERN.exec(text) ?? [];
  if (day === undefined || !isDay(day)) return undefined;
  return new Date(`${day}T${hours}:${minutes}:${seconds}.${fraction.padEnd(3, '0')}${zone}`);
}

/** `2026-02-01 08:00:00 UTC`: for words that people in several zones read. */
export function instantText(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A date takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
