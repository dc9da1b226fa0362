import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NOTIFICATION_EVENTS, USUAL_EVENTS } from '../domain/notification/event';
import type { NotificationTarget } from '../domain/notification/target';
import { object, variants } from './object';
import { choice, converted, list, name } from './scalars';

const TIMEOUT_MS = 10_000;
const VARIABLE = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/;

const url = converted('text', 'write an address like https://… or "${env:NAME}", a variable of the worker', (text) =>
  VARIABLE.test(text) || (URL.canParse(text) && /^https?:\/\/[^\s${}]+$/.test(text)) ? text : undefined,
);

const secretEnv = converted('text', 'write the name of the variable of the worker that has the secret', (text) =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : undefined,
);

const common = {
  name: name('target').optional(),
  url,
  events: list(choice(NOTIFICATION_EVENTS), 'write a list of events, like [failed, rolled_back]', 1).optional(),
  environments: list(name('environment'), 'write a list of environments, like [production]', 1).optional(),
  services: list(name('service'), 'write a list of services, like [web]', 1).optional(),
};

const webhook = object(
  { type: z.literal('webhook'), ...common, secret_env: secretEnv },
  'write { type: webhook, url: "https://…", secret_env: NAME }',
);
const slack = object({ type: z.literal('slack'), ...common }, 'write { type: slack, url: "${env:SLACK_URL}" }');

/** `notifications` of a belay.yaml: who is told what. */
export const notifications = list(
  variants('type', [webhook, slack], ['webhook', 'slack']),
  'write a list of maps with type, url and what belongs to it',
).superRefine((targets, context) => {
  const keys = targets.map(keyOf);
  for (const [index, key] of keys.entries()) {
    if (keys.indexOf(key) === index) continue;
    const message = `is told apart from notifications[${keys.indexOf(key)}] by nothing; give each a name of its own`;
    context.addIssue({ code: 'custom', path: [index], message });
  }
});

type Parsed = z.output<typeof notifications>[number];

/** The same for as long as it has its name, or without one its address. Addresses may be secrets. */
function keyOf({ type, name: own, url: address }: Parsed): string {
  return own ?? createHash('sha256').update(`${type} ${address}`).digest('hex').slice(0, 12);
}

export function notificationsOf(parsed: Parsed[]): NotificationTarget[] {
  return parsed.map((target, index): NotificationTarget => {
    const { name: own, url: address, events = [...USUAL_EVENTS], environments, services } = target;
    const rest = {
      key: keyOf(target),
      place: `notifications[${index}]${own === undefined ? '' : ` (${own})`}`,
      url: address,
      timeoutMs: TIMEOUT_MS,
      events,
      ...(environments === undefined ? {} : { environments }),
      ...(services === undefined ? {} : { services }),
    };
    return target.type === 'slack'
      ? { kind: 'slack', ...rest }
      : { kind: 'webhook', secretEnv: target.secret_env, ...rest };
  });
}
