/** The environment variable that tells a command an instance's label. */
export function labelVariable(label: string): string {
  return `INSTANCE_LABEL_${label.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()}`;
}
