import { readFileSync, readdirSync, statSync, chmodSync } from 'node:fs';
import { keepingOf, keepMap, mapFileOf } from '../../../src/drivers/traffic/haproxy/map-file';
import { temporaryFolder } from '../../support/files';

const folder = temporaryFolder();
const entries = new Map([
  ['production/web', '25'],
  ['staging/web', '0'],
]);

it.each(['replaced', 'overwritten'] as const)('is %s with what is in memory, below its comments', async (keeping) => {
  const file = folder.write('belay.map', '# mine\n\nproduction/web 10\n  # more\nold 1\n');
  chmodSync(file, 0o640);
  await keepMap(file, keeping, entries);
  expect(readFileSync(file, 'utf8')).toBe('# mine\n  # more\nproduction/web 25\nstaging/web 0\n');
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder.path)).toEqual(['belay.map']);
});

it('is left alone where it says that already', async () => {
  const file = folder.write('same.map', 'production/web 25\nstaging/web 0\n');
  const before = statSync(file).ino;
  await keepMap(file, 'replaced', entries);
  expect(statSync(file).ino).toBe(before);
});

it.each([
  ['unix:/run/haproxy.sock', '/etc/haproxy/belay.map', '/etc/haproxy/belay.map'],
  ['unix:/run/haproxy.sock', 'belay.map', undefined],
  ['unix:/run/haproxy.sock', '#0', undefined],
  ['10.0.0.1:9999', '/etc/haproxy/belay.map', undefined],
])('of %s and %s is %s', (endpoint, map, file) => {
  expect(mapFileOf(endpoint, map)).toBe(file);
});

it('is elsewhere where neither it nor its folder is here', async () => {
  expect(await keepingOf('/nowhere/belay.map')).toBe('elsewhere');
  expect(await keepingOf(`${folder.path}/new.map`)).toBe('replaced');
});
