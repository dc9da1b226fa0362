import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { specReference } from '../../src/schemas/reference';

const FILE = path.join(__dirname, '../../docs/spec-reference.md');

it('docs/spec-reference.md says what the schema says; UPDATE_DOCS=1 npx jest test/schemas/reference writes it', () => {
  if (process.env['UPDATE_DOCS']) writeFileSync(FILE, specReference());
  expect(readFileSync(FILE, 'utf8')).toBe(specReference());
});

it('every key has a type and a meaning', () => {
  const rows = specReference()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows) expect(row).toMatch(/^\| `\w+` \| [^|]+(\\\|[^|]+)* \| [^|]+ \| \S[^|]+ \|$/);
});
