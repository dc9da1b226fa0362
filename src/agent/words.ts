/** What an error says of itself; some have no message and only a code. */
export function wordsOf(error: unknown): string {
  const { message, code, name } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return message || code || name || String(error);
}
