import { MOMENTS, type Moment } from '../hooks';
import type { RolloutCommand } from './command';
import type { RolloutEvent } from './event';
import { routedPrefix } from './grouping';
import type { Act } from './stage';
import { lookAgain, wait, type RolloutState } from './state';
import { stop } from './stop';

/** How long a freeze that nobody has bounded is believed. */
const LOOK_AGAIN_MS = 60_000;
const MOST_FAULTS = 10;

/** Takes in what became of the act that is awaited. */
export function takeActed(
  state: RolloutState,
  { number, fault, closed }: Extract<RolloutEvent, { kind: 'acted' }>,
  now: number,
  commands: RolloutCommand[],
): void {
  const { delivery } = state;
  if (delivery.act?.number !== number) return;
  const { act } = delivery.act;
  delivery.act = null;
  if (fault !== undefined) failed(state, act, fault, commands);
  else if (closed !== undefined) stayClosed(state, closed, now, commands);
  else done(state, act, commands);
}

function done(state: RolloutState, act: Act, commands: RolloutCommand[]): void {
  const { delivery, back } = state;
  switch (act.kind) {
    case 'shift':
      delivery.weight = act.weight;
      delivery.exposed = act.weight;
      commands.push({
        kind: 'log',
        entry: { type: 'traffic', reason: `${routedPrefix(state)}the release has ${act.weight}% of the requests` },
      });
      return;
    case 'settle':
      delivery.settled = true;
      return;
    case 'hook':
      // Also while it is being stopped: resumed, it would run once more what has passed.
      if (isMoment(act.hook) || back) return;
      delivery.at++;
      delivery.opened = false;
      return;
    case 'set_flags':
      for (const { feature, percent } of act.flags) delivery.features[feature] = percent;
      // What the flags turn on is to be judged, too.
      if (state.policy.course === undefined) state.analysis.done = false;
      return;
    case 'restore_flags':
      if (act.features === undefined) delivery.flagged = false;
      for (const feature of act.features ?? Object.keys(delivery.features)) delete delivery.features[feature];
      return;
    case 'read_calendar':
      delivery.opened = true;
      if (delivery.closed === null) return;
      delivery.closed = null;
      // It may have been closed for days.
      lookAgain(state);
      commands.push({ kind: 'log', entry: { type: 'goes_on', reason: 'it may go forward again' } });
      return;
  }
}

function failed(state: RolloutState, act: Act, fault: string, commands: RolloutCommand[]): void {
  const { delivery, back } = state;
  const prefix = act.kind === 'shift' || act.kind === 'settle' ? routedPrefix(state) : '';
  const reason = `${prefix}${faultText(act, fault)}`;
  if (back) {
    // The way back goes on: what can be put right is, and no hook that fails is run again and again.
    back.gaveUp.push(act.kind);
    if (delivery.faults.length < MOST_FAULTS) delivery.faults.push(reason);
    commands.push({ kind: 'log', entry: { type: 'act_failed', reason } });
    return;
  }
  // Resumed, it is run again.
  if (act.kind === 'hook' && isMoment(act.hook)) delete delivery.hooked[act.hook];
  // Somebody stops it already, who has cancelled it: what routers do may not be what was confirmed last.
  if (state.stop && state.stop.cause !== 'pause') {
    commands.push({ kind: 'log', entry: { type: 'act_failed', reason } });
    return;
  }
  if (act.kind === 'settle') {
    // All is well but for the names: nothing of the release is taken back for that.
    stop(state, { cause: 'pause', reason: `${reason}; resume it to try again` }, commands);
    return;
  }
  stop(state, { cause: act.kind === 'shift' ? 'traffic' : act.kind === 'hook' ? 'hook' : 'flags', reason }, commands);
}

function faultText(act: Act, fault: string): string {
  switch (act.kind) {
    case 'shift':
      return `traffic could not be shifted to ${act.weight}%: ${fault}`;
    case 'settle':
      return `the release has all requests, but could not be made what is stable: ${fault}`;
    case 'hook':
      return fault.startsWith(`the hook ${act.hook} `) ? fault : `the hook ${act.hook} failed: ${fault}`;
    case 'set_flags':
      return `flags could not be set: ${fault}`;
    case 'restore_flags':
      return `flags could not be put back: ${fault}`;
    case 'read_calendar':
      return `nobody can tell whether it may go on: ${fault}`;
  }
}

function stayClosed(
  state: RolloutState,
  { until, reason }: NonNullable<Extract<RolloutEvent, { kind: 'acted' }>['closed']>,
  now: number,
  commands: RolloutCommand[],
): void {
  const { delivery } = state;
  if (state.back || state.stop) return;
  if (delivery.closed?.reason !== reason) commands.push({ kind: 'log', entry: { type: 'waits_for_calendar', reason } });
  const since = delivery.closed === null ? now : delivery.closed.since;
  // Whoever is there by the time that it opens is asked then.
  lookAgain(state);
  delivery.closed = { since, reason, until };
  // A freeze may be lifted before its time, and windows are as the spec has them: one look in a while is enough.
  const next = Math.max(now + 1_000, Math.min(until ?? Infinity, now + LOOK_AGAIN_MS));
  wait(state, { kind: 'calendar', since, until: next });
}

function isMoment(name: string): name is Moment {
  return (MOMENTS as readonly string[]).includes(name);
}
