import { said } from '../said';
import type { ReleaseDocument } from '../status';
import type { NotificationEvent } from './event';

/** Something that happened, for those who are told. */
export interface NotificationMessage {
  /** The same however often it is told. */
  id: string;
  event: NotificationEvent;
  at: Date;
  service?: string;
  environment?: string;
  generation?: number;
  instance?: string;
  by?: string;
  reason?: string;
  deployment?: {
    release: ReleaseDocument | null;
    previous: ReleaseDocument | null;
    actor: string;
    strategy: string;
    webUi: string | null;
  };
}

/** As programs read it. Keys may be added, never removed or renamed. */
export function webhookDocument(message: NotificationMessage): object {
  const { id, event, at, service, environment, generation, instance, by, deployment } = message;
  const reason = reasonOf(message);
  return {
    id,
    event,
    at: at.toISOString(),
    environment: environment ?? null,
    service: service ?? null,
    instance: instance ?? null,
    by: by ?? null,
    reason: reason ?? null,
    deployment:
      deployment === undefined
        ? null
        : {
            id: `${environment}/${service}/${generation}`,
            generation,
            release: deployment.release,
            previous_release: deployment.previous,
            strategy: deployment.strategy,
            actor: deployment.actor,
            links: { web_ui: deployment.webUi },
          },
  };
}

/** The line of an end begins with the status, which the event is already. */
function reasonOf({ event, reason }: NotificationMessage): string | undefined {
  if (reason === event) return undefined;
  return reason?.startsWith(`${event}: `) ? reason.slice(event.length + 2) : reason;
}

/** Each character may be five when it is written for Slack, which takes 3,000. */
const MOST_REASON = 500;

/** As Slack, and whatever takes the same, reads it. */
export function slackDocument(message: NotificationMessage): object {
  const { event, at, by, deployment } = message;
  const reason = reasonOf(message);
  const title = `${subjectOf(message)}: ${event.replaceAll('_', ' ')}`;
  const why = reason === undefined ? [] : [escaped(said(reason, MOST_REASON))];
  const context = [
    ...(deployment === undefined ? [] : [`${releaseText(deployment.release)}, started by ${deployment.actor}`]),
    ...(by === undefined ? [] : [`by ${by}`]),
    `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  ].map(escaped);
  const webUi = deployment?.webUi ?? undefined;
  if (webUi !== undefined) context.push(`<${webUi}|Temporal>`);
  return {
    text: escaped(title),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: [`*${escaped(title)}*`, ...why].join('\n') } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: context.join(' · ') }] },
    ],
  };
}

function subjectOf({ environment, service, generation, instance }: NotificationMessage): string {
  const named = [environment, service, generation].filter((part) => part !== undefined).join('/');
  return [named, instance].filter((part) => part !== undefined && part !== '').join(' ') || 'everything';
}

function releaseText(release: ReleaseDocument | null): string {
  return release === null ? 'to its snapshot' : `${release.code_version} / ${release.configuration_version}`;
}

/** Nobody is addressed, and no link is made, by what was said. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
