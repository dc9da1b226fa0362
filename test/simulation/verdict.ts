import { isLeft } from './acts';
import type { Course } from './course';
import { instanceName, type Instance } from './instance';
import type { View } from './view';
import { must } from './violation';
import type { World } from './world';

const LISTED = 50;

/** Judges a rollout that has ended by what the instances really run, not by anybody's counts. */
export function judgeTruth(course: Course, world: World, view: View, everFailed: number): void {
  const { ledger } = course;
  const { status, failures } = view.progress;
  const present = world.instances.filter((one) => !one.left);
  const phase = (one: Instance) => ledger.phases[one.ordinal];
  const name = (one: Instance) => `${instanceName(one.ordinal)} (${phase(one)})`;

  for (const one of world.instances) {
    const touched = one.touched || ledger.touched[one.ordinal] === true;
    must(view.touchedOf(one.ordinal) === touched, `${name(one)} was ${touched ? '' : 'not '}touched`);
  }
  if (course.switchedBack) {
    // Failed ones may have been put back before.
    const kept = present.filter((one) => phase(one) !== 'restored' && phase(one) !== 'unresolved');
    for (const one of kept) must(one.restores === 0, `${name(one)} was touched by a switch back`);
  } else if ((status === 'rolled_back' || status === 'rollback_incomplete') && course.delivery.dropped.size === 0) {
    for (const one of present) {
      if (!one.touched && !ledger.touched[one.ordinal]) continue;
      must(phase(one) === 'restored' || phase(one) === 'unresolved', `${name(one)} was touched and didn't go back`);
      must(one.restores > 0, `${name(one)} was never tried to be restored`);
    }
    const unresolved = present.filter((one) => phase(one) === 'unresolved').length;
    const left = unresolved > 0 || isLeft(course.delivery);
    must((status === 'rolled_back') === !left, `${status} with ${unresolved} unresolved`);
  }
  for (const one of present) {
    if (phase(one) === 'restored') must(isBack(one), `${name(one)} runs ${one.runs}, before it ran ${one.before.runs}`);
    if (phase(one) === 'good') must(atRelease(one, world), `${name(one)} runs ${one.runs}`);
    if (phase(one) === 'unchanged') must(one.touched === false, `${name(one)} needed no touch`);
  }
  if (status === 'succeeded' || status === 'completed_with_failures') {
    const excused = ['skipped', 'excluded', ...(status === 'succeeded' ? [] : ['failed', 'restored', 'unresolved'])];
    for (const one of present) {
      if (excused.includes(phase(one) ?? '')) continue;
      must(atRelease(one, world), `${status}, and ${name(one)} runs ${one.runs}, ${one.healthy ? 'healthy' : 'ill'}`);
    }
  }
  const listed = new Set(failures.map((one) => one.instance));
  must(failures.length <= LISTED, `${failures.length} failures are listed`);
  for (const { instance, reason } of failures) {
    const why = world.instances.find((one) => instanceName(one.ordinal) === instance)?.reason;
    must(reason.length > 0 && (!why || reason.includes(why)), `${instance} is listed with "${reason}", it was: ${why}`);
  }
  must(listed.size === failures.length, 'each failure is listed once');
  for (const ordinal of ledger.ordinals((at) => at === 'failed' || at === 'unresolved')) {
    const at = listed.has(instanceName(ordinal));
    must(at || everFailed > LISTED, `${instanceName(ordinal)} is ${ledger.phases[ordinal]} and isn't listed`);
  }
  for (const ordinal of ledger.ordinals((at) => !['failed', 'unresolved', 'restored', 'left'].includes(at))) {
    must(
      !listed.has(instanceName(ordinal)),
      `${instanceName(ordinal)} is ${ledger.phases[ordinal]} and is listed as failed`,
    );
  }
}

/** On the release and well, or ill only since nobody looks any more. */
function atRelease(one: Instance, world: World): boolean {
  if (one.runs !== 'new') return false;
  return one.healthy || (one.degradedAt !== null && one.degradedAt >= world.sweptAt);
}

function isBack(one: Instance): boolean {
  return one.runs === one.before.runs && (one.healthy || !one.before.healthy);
}
