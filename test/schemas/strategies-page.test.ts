import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readDeploymentFile } from '../../src/schemas';
import { temporaryFolder } from '../support/files';

/** docs/strategies.md shows the examples as they are, and they can be read. */
const ROOT = path.join(__dirname, '../..');
const page = readFileSync(path.join(ROOT, 'docs/strategies.md'), 'utf8');
const shown = [...page.matchAll(/<!-- (examples\/[\w-]+\.yaml) -->\n```yaml\n([^]*?)```/g)].map(
  ([, file = '', text = '']) => [file, text] as const,
);

const folder = temporaryFolder();

it('is begun in the README', async () => {
  const keys = /```yaml\n(strategy: \{ type: canary[^]*?)```/.exec(
    readFileSync(path.join(ROOT, 'README.md'), 'utf8'),
  )?.[1];
  const [before = ''] = shown[0]?.[1].split(/^strategy:/m) ?? [];
  const file = path.join(folder.path, 'deployment.yaml');
  writeFileSync(path.join(folder.path, 'instances.json'), readFileSync(path.join(ROOT, 'examples/instances.json')));
  writeFileSync(file, before + keys);
  expect(await readDeploymentFile(file)).toMatchObject({ strategy: { kind: 'canary' }, traffic: { kind: 'haproxy' } });
});

it('shows a whole deployment.yaml of each', () => {
  expect(shown.map(([file]) => file)).toEqual([
    'examples/canary.yaml',
    'examples/blue-green.yaml',
    'examples/feature-flags.yaml',
  ]);
});

it.each(shown)('has %s as it is, with how to try it', async (file, text) => {
  const whole = readFileSync(path.join(ROOT, file), 'utf8');
  expect(whole.replace(/^(#.*\n)+/, '')).toBe(text);
  expect(whole).toContain(`belay deploy -f ${file}`);
  const { strategy } = await readDeploymentFile(path.join(ROOT, file));
  expect(`examples/${strategy.kind.replace('_', '-')}.yaml`).toBe(file);
});
