import { apiCheck } from '../../src/remote-check';
import { ADMIN, TestApi } from '../support/api';
import { Belay } from '../support/belay';

let belay: Belay;
let api: TestApi;
beforeAll(async () => {
  process.env.BELAY_LOG_LEVEL = 'error';
  belay = await Belay.open();
  api = await TestApi.open(belay);
});
afterAll(async () => {
  await api.close();
  await belay.shut();
});

it('finds an API that answers and takes the token', async () => {
  const env = { BELAY_API_URL: api.url, BELAY_API_TOKEN: ADMIN };
  expect(await apiCheck(env)).toEqual({ name: 'API', state: 'ok', detail: `${api.url} answers, and takes the token` });
});

it('says what is wrong, and what to do', async () => {
  const cases: [Record<string, string>, string, string][] = [
    [{ BELAY_API_URL: api.url, BELAY_API_TOKEN: 'guessed' }, 'takes no such token', 'BELAY_API_TOKEN is to hold one'],
    [{ BELAY_API_URL: 'http://127.0.0.1:1', BELAY_API_TOKEN: ADMIN }, 'nothing listens there', 'BELAY_API_URL right'],
    [{ BELAY_API_URL: api.url }, 'BELAY_API_TOKEN is not', 'command-line.md'],
    [{ BELAY_API_URL: 'nowhere', BELAY_API_TOKEN: ADMIN }, 'BELAY_API_URL is no address', 'command-line.md'],
  ];
  for (const [env, detail, remedy] of cases) {
    expect(await apiCheck(env)).toEqual({
      name: 'API',
      state: 'failed',
      detail: expect.stringContaining(detail),
      remedy: expect.stringContaining(remedy),
    });
  }
});
