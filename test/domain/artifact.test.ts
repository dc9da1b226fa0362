import { sameVersions, withArtifact, type Probe, type Versions } from '../../src/domain';
import { isDigest } from '../../src/domain/artifact';
import { bytesText, parseBytes } from '../../src/domain/bytes';
import { currentOf } from '../../src/domain/plan';
import { faultOf, stateOf } from '../../src/activities/judge';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const V = { codeVersion: '1.0.0', configurationVersion: '1' };
const W = { codeVersion: '1.1.0', configurationVersion: '1' };

it.each<[Versions | undefined, Versions | undefined, boolean]>([
  [undefined, undefined, true],
  [V, undefined, false],
  [V, V, true],
  [V, W, false],
  [{ ...V, artifact: A }, { ...V, artifact: A }, true],
  [{ ...V, artifact: A }, { ...V, artifact: B }, false],
  [{ ...V, artifact: A }, V, true],
  [V, { ...V, artifact: B }, true],
  [{ ...V, artifact: A }, { ...W, artifact: A }, false],
])('%j and %j: one release is %s', (a, b, same) => {
  expect([sameVersions(a, b), sameVersions(b, a)]).toEqual([same, same]);
});

it.each<[Versions, Partial<Versions> | undefined, Versions]>([
  [V, { ...V, artifact: A }, { ...V, artifact: A }],
  [
    { ...V, artifact: B },
    { ...V, artifact: A },
    { ...V, artifact: B },
  ],
  [V, { ...W, artifact: A }, V],
  [V, V, V],
  [V, undefined, V],
])('%j, where %j is known, is %j', (versions, known, whole) => {
  expect(withArtifact(versions, known)).toEqual(whole);
});

const answered = (told: Partial<Versions>): Probe => ({ kind: 'answered', health: 1, ...told });

it.each<[string, Partial<Versions>, Versions | undefined, Versions | undefined]>([
  ['that tells all of it', { ...V, artifact: B }, { ...V, artifact: A }, { ...V, artifact: B }],
  ['that tells no artifact', V, { ...V, artifact: A }, { ...V, artifact: A }],
  ['that tells nothing', {}, { ...V, artifact: A }, { ...V, artifact: A }],
  ['that tells other versions', W, { ...V, artifact: A }, W],
])('a look %s tells what an instance ran', (_, told, versions, current) => {
  const recorded = { health: 1 as const, ...(versions === undefined ? {} : { versions }) };
  expect(currentOf({ name: 'web-01', labels: {} }, answered(told), recorded).versions).toEqual(current);
});

it.each<[string, Partial<Versions>, Partial<Versions>, string | undefined]>([
  ['is there', { ...V, artifact: A }, {}, undefined],
  ['tells none, after a change that brought it', V, { ...V, artifact: A }, undefined],
  ['tells none, and nobody knows of a change', V, {}, 'answered no artifact, wanted sha256:aaaaaaaaaaaa'],
  ['runs another', { ...V, artifact: B }, { ...V, artifact: A }, 'answered artifact sha256:bbbbbbbbbbbb, wanted'],
])('an instance that %s', (_, told, assumed, fault) => {
  const found = faultOf(answered(told), { versions: { ...V, artifact: A }, health: 1 }, assumed);
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});

it('is recorded as told, else as it was brought', () => {
  expect(stateOf(answered(V), { ...V, artifact: A }).versions).toEqual({ ...V, artifact: A });
  expect(stateOf(answered({ ...V, artifact: B }), { ...V, artifact: A }).versions).toEqual({ ...V, artifact: B });
  expect(stateOf(answered(W), { ...V, artifact: A }).versions).toEqual(W);
});

it.each([
  [A, true],
  [A.toUpperCase(), false],
  [`${A}0`, false],
  [A.slice(0, -1), false],
  [`sha512:${'a'.repeat(64)}`, false],
  [`${A}\n`, false],
])('%j names an artifact: %s', (text, is) => expect(isDigest(text)).toBe(is));

it.each([
  ['1GiB', 1024 ** 3, '1 GiB'],
  ['1536 MiB', 1.5 * 1024 ** 3, '1.5 GiB'],
  ['4096B', 4096, '4 KiB'],
  ['12B', 12, '12 B'],
])('%s is %d bytes, which is %s', (text, bytes, shown) => {
  expect([parseBytes(text), bytesText(bytes)]).toEqual([bytes, shown]);
});

it.each(['', '1', '0B', '1GB', '-1KiB', '1.5GiB', '1 gib', '999999TiB'])('%j is no size', (text) => {
  expect(parseBytes(text)).toBeUndefined();
});
