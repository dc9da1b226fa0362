/** The engine broke a rule. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** @param why the rule, as a sentence, with the numbers */
export function must(holds: boolean, why: string | (() => string)): asserts holds {
  if (!holds) throw new Violation(typeof why === 'string' ? why : why());
}
