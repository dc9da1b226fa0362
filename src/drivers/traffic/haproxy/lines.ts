import type { Strategy } from '../../../domain';
import { STABLE, type HaproxyTrafficSpec, type Match, type Routing, type Sticky } from '../../../domain/traffic';
import type { ServicePlace } from '../driver';
import { layoutOf, type Layout, type Slot } from './layout';
import { keyOf, matchPrefix } from './map';

type Share = Extract<Layout, { kind: 'share' }>;

/** The cookie that tells a user who doesn't say who they are. */
const OWN_COOKIE = 'belay_user';
const COOKIE_AGE_S = 30 * 24 * 60 * 60;

/**
 * The lines that HAProxy's frontend must have for a service: they split its requests as the map says. The strategy's kind
 * is that of its deployments; names of headers and cookies stand in the lines, so these change when those do.
 */
export function haproxyLines(
  spec: Pick<HaproxyTrafficSpec, 'map' | 'backends'>,
  strategy: Strategy['kind'],
  routing: Routing,
  place: ServicePlace,
): string {
  const layout = layoutOf(spec);
  if (layout.kind === 'single') return text([`# ${keyOf(place)}: all requests.`, `default_backend ${layout.backend}`]);
  if (layout.kind === 'share' && strategy === 'rolling') {
    return haproxyLines({ ...spec, backends: { [STABLE]: layout.stable } }, strategy, routing, place);
  }
  return text([
    `# ${keyOf(place)}: which backend gets a request is in ${spec.map}, which Belay sets.`,
    ...(layout.kind === 'slots'
      ? slotLines(layout.slots, spec.map, place)
      : shareLines(layout, spec.map, routing, place)),
  ]);
}

function slotLines([first, ...others]: readonly Slot[], map: string, place: ServicePlace): string[] {
  const backend = variable(place, 'backend');
  const standard = first?.backend ?? '';
  return [
    `http-request set-var(${backend}) str(${keyOf(place)}),map(${map},${standard})`,
    // Not a name out of the map: one that led nowhere would be an error for everybody.
    ...others.map((slot) => `use_backend ${slot.backend} if { var(${backend}) -m str ${slot.backend} }`),
    `default_backend ${standard}`,
  ];
}

function shareLines({ stable, canary }: Share, map: string, { match, sticky }: Routing, place: ServicePlace): string[] {
  const [tester, bucket, weight] = (['tester', 'bucket', 'weight'] as const).map((name) => variable(place, name));
  const served = `{ nbsrv(${canary}) gt 0 }`;
  const names = match.filter(({ kind, name }, i) => match.findIndex((m) => m.kind === kind && m.name === name) === i);
  return [
    ...names.flatMap((each) => testerLines(each, map, place)),
    ...bucketLines(sticky, place),
    `http-request set-var(${weight}) str(${keyOf(place)}),map(${map},0),add(0)`,
    // A release that nobody serves yet, or any more, gets no requests.
    ...(names.length === 0 ? [] : [`use_backend ${canary} if { var(${tester}) -m str ${canary} } ${served}`]),
    `use_backend ${canary} if { var(${bucket}),sub(${weight}) lt 0 } ${served}`,
    `default_backend ${stable}`,
  ];
}

function testerLines(match: Match, map: string, place: ServicePlace): string[] {
  const key = variable(place, 'key');
  const value = match.kind === 'header' ? `req.fhdr(${match.name})` : `req.cook(${match.name})`;
  return [
    `http-request set-var-fmt(${key}) ${matchPrefix(place, match).replaceAll('%', '%%')}%[${value},url_enc]`,
    `http-request set-var(${variable(place, 'tester')}) var(${key}),map(${map}) if { ${value} -m found }`,
  ];
}

/** One of a hundred, the same each time for whoever says who they are, and no other service's. */
function bucketLines(sticky: Sticky | undefined, place: ServicePlace): string[] {
  const [bucket, user, salted] = (['bucket', 'user', 'salted'] as const).map((name) => variable(place, name));
  if (sticky === undefined) return [`http-request set-var(${bucket}) rand(100)`];
  const known = `{ var(${user}),length gt 0 }`;
  const hashed = [
    `http-request set-var-fmt(${salted}) "${keyOf(place)} %[var(${user})]"`,
    `http-request set-var(${bucket}) var(${salted}),xxh32,mod(100) if ${known}`,
  ];
  if (sticky.kind === 'header') {
    return [
      `http-request set-var(${bucket}) rand(100)`,
      `http-request set-var(${user}) req.fhdr(${sticky.name})`,
      ...hashed,
    ];
  }
  const fresh = '{ var(txn.belay.new_user) -m found }';
  const attributes = `Path=/; Max-Age=${COOKIE_AGE_S}; HttpOnly; SameSite=Lax`;
  return [
    `http-request set-var(${user}) req.cook(${sticky.name})`,
    `http-request set-var(${user}) req.cook(${OWN_COOKIE}) unless ${known}`,
    `http-request set-var(txn.belay.new_user) uuid() unless ${known} or ${fresh}`,
    `http-request set-var(${user}) var(txn.belay.new_user) unless ${known}`,
    ...hashed,
    `http-response add-header Set-Cookie "${OWN_COOKIE}=%[var(txn.belay.new_user)]; ${attributes}" if ${fresh} !{ res.cook(${OWN_COOKIE}) -m found }`,
  ];
}

/** A variable of one service: a frontend may have lines of several. Other characters than letters and digits are as `_2d`. */
function variable({ environment, service }: ServicePlace, name: string): string {
  const [one, other] = [environment, service].map((part) =>
    part.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`),
  );
  return `txn.belay.${one}.${other}.${name}`;
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}\n`).join('');
}
