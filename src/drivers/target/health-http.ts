import type { HealthCheck, Probe } from '../../domain';
import { HEALTH } from '../../domain';
import { said } from '../../domain/said';
import type { TargetInstance } from './driver';
import { toldVersions } from './health-fields';
import { get } from './http';

type HttpCheck = Extract<HealthCheck, { kind: 'http' }>;

/**
 * Unreachable is an instance from which no HTTP answer came: refused, no such host, no connection or no
 * answer in time. Whatever does answer was reached: the wrong status, or an answer that can't be read, is failed.
 */
export async function httpHealth(check: HttpCheck, instance: TargetInstance, signal: AbortSignal): Promise<Probe> {
  signal.throwIfAborted();
  if (instance.address === undefined) return { kind: 'unreachable', reason: 'it has no address to ask for its health' };
  const url = healthUrl(instance.address, check.path);
  if (url === undefined) {
    return { kind: 'unreachable', reason: `its address "${instance.address}" is neither host:port nor an http URL` };
  }
  const answer = await get(url, check, signal);
  if (answer.kind === 'none') return { kind: 'unreachable', reason: answer.reason };

  const { fault, ...versions } = answer.broken === undefined ? toldVersions(answer.body, check) : {};
  if (answer.status !== check.expectStatus) {
    const to = answer.location === undefined ? '' : ` (to ${said(answer.location, 200)}; redirects are not followed)`;
    return failed(`status ${answer.status}${to}, wanted ${check.expectStatus}`);
  }
  const reason = answer.broken ?? fault;
  return reason === undefined ? { kind: 'answered', health: HEALTH.HEALTHY, ...versions } : failed(reason);

  function failed(reason: string): Probe {
    return { kind: 'answered', health: HEALTH.FAILED, ...versions, reason };
  }
}

/** The health path appended to `host:port` or to a base URL. */
function healthUrl(address: string, path: string): URL | undefined {
  const base = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(base)) return undefined;
  const { protocol, origin, pathname } = new URL(base);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return new URL(`${origin}${pathname.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`);
}
