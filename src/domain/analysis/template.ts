const NAMES = ['service', 'environment', 'version', 'configuration_version', 'group', 'fleet_group', 'window'] as const;

/** What a query or an address may hold as `{{service}}`, `{{version}}`, `{{window}}` and the like. */
export type TemplateValues = Record<(typeof NAMES)[number], string>;

const PATTERN = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names that stand in a template. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(PATTERN)].map(([, name = '']) => name);
}

/** What of a template has no meaning, in words; undefined: nothing. */
export function templateFault(template: string): string | undefined {
  for (const name of namesIn(template)) {
    if ((NAMES as readonly string[]).includes(name)) continue;
    return `has {{${name}}}, which means nothing; known are ${NAMES.map((each) => `{{${each}}}`).join(', ')}`;
  }
  return undefined;
}

/** A template with values in place of their names, each quoted for where it stands. */
export function filled(template: string, values: TemplateValues, quote: (text: string) => string): string {
  return template.replaceAll(PATTERN, (_, name: keyof TemplateValues) => quote(values[name]));
}
