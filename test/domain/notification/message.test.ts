import { slackDocument, webhookDocument, type NotificationMessage } from '../../../src/domain/notification/message';

const message: NotificationMessage = {
  id: 'ops-12',
  event: 'rolled_back',
  at: new Date('2026-12-01T08:00:01.500Z'),
  service: 'web',
  environment: 'production',
  generation: 12,
  reason: '2 of 8 instances failed; <!channel> & more',
  deployment: {
    release: { code_version: '1.5.0', configuration_version: '12' },
    previous: null,
    actor: 'ann@here',
    strategy: 'canary',
    webUi: 'http://temporal/workflows/1',
  },
};

it('is a document for programs', () => {
  expect(webhookDocument(message)).toEqual({
    id: 'ops-12',
    event: 'rolled_back',
    at: '2026-12-01T08:00:01.500Z',
    environment: 'production',
    service: 'web',
    instance: null,
    by: null,
    reason: '2 of 8 instances failed; <!channel> & more',
    deployment: {
      id: 'production/web/12',
      generation: 12,
      release: { code_version: '1.5.0', configuration_version: '12' },
      previous_release: null,
      strategy: 'canary',
      actor: 'ann@here',
      links: { web_ui: 'http://temporal/workflows/1' },
    },
  });
});

it('is a text with blocks for Slack, in which nobody is addressed by what was said', () => {
  expect(slackDocument(message)).toEqual({
    text: 'production/web/12: rolled back',
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: '*production/web/12: rolled back*\n2 of 8 instances failed; &lt;!channel&gt; &amp; more',
        },
      },
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: '1.5.0 / 12, started by ann@here · 2026-12-01 08:00:01 UTC · <http://temporal/workflows/1|Temporal>',
          },
        ],
      },
    ],
  });
});

it.each<[Partial<NotificationMessage>, string]>([
  [{ event: 'frozen', by: 'bob' }, 'everything: frozen'],
  [{ event: 'frozen', environment: 'production' }, 'production: frozen'],
  [{ event: 'instance_silent', instance: 'web-03' }, 'web-03: instance silent'],
  [{ event: 'drift_found', environment: 'test', service: 'web', instance: 'a' }, 'test/web a: drift found'],
])('%j is called %s', (over, text) => {
  expect(slackDocument({ id: '1', at: new Date(0), event: 'failed', ...over })).toMatchObject({ text });
});

it('never is longer than Slack takes', () => {
  const { blocks } = slackDocument({ ...message, reason: '&'.repeat(100_000) }) as {
    blocks: { text: { text: string } }[];
  };
  expect(blocks[0]?.text.text.length).toBeLessThan(3_000);
});
