/** How much of what somebody says is kept. */
export const SAID = 300;

/** What moves a terminal's cursor or turns its text around: controls, and the marks of direction. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** Half of a character: neither printed nor stored. */
const HALF = /\p{Surrogate}/gu;

/** What others say of themselves, fit to be kept and printed: whole characters, none that control anything, and not too many. */
export function said(text: string, most = SAID): string {
  // Each character takes two units at most: a long text isn't gone through to its end.
  const beginning = text.length > 4 * most ? text.slice(0, 4 * most) : text;
  const clean = withoutControls(beginning).trim();
  const kept = shortened(clean, most);
  return beginning === text || kept.endsWith('…') ? kept : `${kept}…`;
}

/** Each character as it is, or what can be printed in its place. */
export function withoutControls(text: string): string {
  return text.replaceAll(HALF, '\uFFFD').replaceAll(UNPRINTABLE, ' ');
}

export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) < 0 && text.search(HALF) < 0;
}

/** The first so many characters, with a sign that there was more. Halves of characters are never left. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const characters = Array.from(text.slice(0, 2 * length + 2));
  return characters.length > length ? `${characters.slice(0, length).join('')}…` : text;
}
