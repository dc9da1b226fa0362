import type { Control, Standing } from '../control/control';
import { NotFound } from '../control/errors';
import { parseDeploymentName } from '../control/name';
import type { StatusDocument } from '../domain';
import type { Principal } from './access';
import { invalid } from './errors';
import { isWithin } from '../control/within';
import { withinOf } from './scope';

interface Which {
  service?: string | undefined;
  environment?: string | undefined;
}

/** Moves the deployment in flight on by a look at its instances, and sweeps over all fleets that the token holds for. */
export async function progress(control: Control, principal: Principal, which: Which): Promise<Standing> {
  const before = await inFlight(control, principal, which);
  const standing = before && (await control.advance(parseDeploymentName(before.id)));
  await control.sweep(withinOf(principal));
  if (standing !== undefined) return standing;
  // The sweep may have begun a repair.
  const begun = await inFlight(control, principal, which);
  if (begun !== undefined) return control.advance(parseDeploymentName(begun.id));
  throw new NotFound('nothing is in flight', [
    '`belay history` lists what there was; POST /deploy begins a deployment',
  ]);
}

async function inFlight(
  control: Control,
  principal: Principal,
  { service, environment }: Which,
): Promise<StatusDocument | undefined> {
  const { in_flight } = await control.overview();
  const [one, ...others] = in_flight.filter(
    (each) =>
      isWithin(principal, each) &&
      (service ?? each.service) === each.service &&
      (environment ?? each.environment) === each.environment,
  );
  if (others.length === 0) return one;
  const ids = [one, ...others].map((each) => each?.id).join(', ');
  const message = `service and environment say which, as several are in flight: ${ids}`;
  throw invalid('the body', [{ field: 'service', message }]);
}
