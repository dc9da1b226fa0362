import type { HookSpec } from '../../../src/domain/hooks';
import { createHook } from '../../../src/drivers/hook/create';
import { Receiver, type Reply } from '../../support/receiver';
import { calm } from '../target/fixtures';
import { occasion } from './fixtures';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.open();
});
afterEach(() => receiver.close());

function hook(over: Partial<Extract<HookSpec, { kind: 'http' }>> = {}, environment: NodeJS.ProcessEnv = {}) {
  const spec = { kind: 'http' as const, url: receiver.url('/hooks?a=b'), headers: {}, timeoutMs: 60_000, gate: true };
  return createHook({ ...spec, ...over }, environment);
}

it('posts what the deployment is, with a key that is the same whenever this run is repeated', async () => {
  const to = hook({ headers: { Authorization: 'Bearer ${env:T}' } }, { T: 'hunter2' });
  expect(await to.run(occasion({ reason: 'über' }), calm())).toBeUndefined();
  expect(await to.run(occasion({ number: 4, release: null, weight: null }), calm())).toBeUndefined();
  const [first, second] = receiver.received;
  expect(first).toMatchObject({
    method: 'POST',
    path: '/hooks?a=b',
    headers: {
      authorization: 'Bearer hunter2',
      'content-type': 'application/json',
      'idempotency-key': 'production/web/7/3',
    },
  });
  expect(JSON.parse(first?.body ?? '')).toEqual({
    deployment: 'production/web/7',
    run: 'production/web/7/3',
    hook: 'smoke',
    moment: 'stage 2',
    service: 'web',
    environment: 'production',
    generation: 7,
    status: 'running',
    release: { code_version: '1.1.0', configuration_version: '2' },
    previous_release: { code_version: '1.0.0', configuration_version: '1' },
    weight: 25,
    reason: 'über',
  });
  expect(second?.headers['idempotency-key']).toBe('production/web/7/4');
  expect(JSON.parse(second?.body ?? '')).toMatchObject({ release: null, weight: null });
});

it('tells what it was answered, the end of it, without secrets', async () => {
  receiver.replies.push({ status: 200, text: `${'x'.repeat(10_000)}hunter2-hunter2` });
  let printed = '';
  await hook({ headers: { 'x-token': '${env:T}' } }, { T: 'hunter2-hunter2' }).run(occasion(), calm(), (output) => {
    printed = output;
  });
  expect(printed).toHaveLength(8 * 1024);
  expect(printed.endsWith('x[redacted]')).toBe(true);
});

it.each<[Reply, string | undefined]>([
  [204, undefined],
  [404, '404'],
  [{ status: 503, text: 'no\ntoken hunter2-hunter2\n' }, '503: token [redacted]'],
])('%j', async (reply, said) => {
  receiver.replies.push(reply);
  const to = hook({ headers: { 'x-token': '${env:T}' } }, { T: 'hunter2-hunter2' });
  const fault = said === undefined ? undefined : `the hook smoke failed: ${receiver.host} answered ${said}`;
  expect(await to.run(occasion(), calm())).toBe(fault);
});

it('follows no redirect', async () => {
  receiver.replies.push({ status: 307, headers: { location: receiver.url('/elsewhere') } });
  expect(await hook().run(occasion(), calm())).toContain(`answered 307, a redirect to ${receiver.url('/elsewhere')}`);
  expect(receiver.received).toHaveLength(1);
});

const TOKEN = 'S3CRET-TOKEN/0123456789+abcdef';

it.each<[string, Reply, string]>([
  [
    'where it would be cut',
    { status: 404, text: `${'x'.repeat(270)} bearer ${TOKEN}` },
    `404: ${'x'.repeat(270)} bearer [redacted]`,
  ],
  [
    'in a redirect',
    { status: 302, headers: { location: `/${'x'.repeat(180)}?t=${TOKEN}` } },
    `302, a redirect to /${'x'.repeat(180)}?t=[redacted]`,
  ],
])('never says a part of a secret: %s', async (_, reply, words) => {
  receiver.replies.push(reply);
  const to = hook({ headers: { authorization: '${env:T}' } }, { T: TOKEN });
  expect(await to.run(occasion(), calm())).toBe(`the hook smoke failed: ${receiver.host} answered ${words}`);
});

it('waits no longer than its time, and not at all for a stop', async () => {
  receiver.otherwise = 'silence';
  expect(await hook({ timeoutMs: 200 }).run(occasion(), calm())).toBe(
    `the hook smoke failed: no answer from ${receiver.host} within 200ms`,
  );
  const controller = new AbortController();
  const running = hook().run(occasion(), controller.signal);
  await receiver.count(2);
  controller.abort(new Error('stopped by a person'));
  await expect(running).rejects.toThrow('stopped by a person');
});

it('says who is not there', async () => {
  await receiver.close();
  expect(await hook().run(occasion(), calm())).toBe(`the hook smoke failed: connection refused by ${receiver.host}`);
});

it.each<[Parameters<typeof hook>[0], NodeJS.ProcessEnv, RegExp]>([
  [{ headers: { a: '${env:T}' } }, {}, /^hooks\.smoke: T is not set in the worker's environment/],
  [{ url: '${env:T}' }, { T: 'nonsense' }, /^hooks\.smoke\.url is no http or https address/],
  [{ url: 'ftp://host/' }, {}, /^hooks\.smoke\.url is no http or https address/],
  [
    { headers: { a: '${env:T}' } },
    { T: 'two\nlines' },
    /^hooks\.smoke\.headers\.a has a value that no header can hold/,
  ],
])('finds out beforehand: %j', async (over, environment, problem) => {
  const problems = await hook(over, environment).problems('smoke');
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(await hook(over, environment).run(occasion(), calm())).toMatch(/^the hook smoke was not run: hooks\.smoke/);
  expect(receiver.received).toEqual([]);
});

it('takes its address out of a variable', async () => {
  const to = hook({ url: '${env:HOOK_URL}' }, { HOOK_URL: receiver.url('/secret-path') });
  expect(await to.problems('smoke')).toEqual([]);
  expect(await to.run(occasion(), calm())).toBeUndefined();
  expect(receiver.received[0]?.path).toBe('/secret-path');
});

it('says nothing of an address from a variable, whoever repeats it', async () => {
  receiver.replies.push({ status: 404, text: 'Cannot POST /services/T0001/0123456789abcdef' });
  const to = hook({ url: '${env:U}' }, { U: receiver.url('/services/T0001/0123456789abcdef') });
  expect(await to.run(occasion(), calm())).toBe(
    `the hook smoke failed: ${receiver.host} answered 404: Cannot POST [redacted]`,
  );
});
