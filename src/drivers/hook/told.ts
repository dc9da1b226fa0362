import type { HookOccasion } from './hook';

/** `production/web/12` */
function deploymentOf({ environment, service, generation }: HookOccasion): string {
  return `${environment}/${service}/${generation}`;
}

/** Tells one run of a hook from every other: repeated, it is the same. */
export function runKey(occasion: HookOccasion): string {
  return `${deploymentOf(occasion)}/${occasion.number}`;
}

/** What a fault is about. */
export function hookWords({ hook }: HookOccasion): string {
  return `the hook ${hook}`;
}

/** As variables. Always set, so that a strict shell doesn't stumble: empty means that there is none. */
export function variablesOf(occasion: HookOccasion): Record<string, string> {
  const { release, previous } = occasion;
  return {
    BELAY_SERVICE: occasion.service,
    BELAY_ENVIRONMENT: occasion.environment,
    BELAY_GENERATION: String(occasion.generation),
    BELAY_DEPLOYMENT: deploymentOf(occasion),
    BELAY_STATUS: occasion.status,
    BELAY_HOOK: occasion.hook,
    BELAY_MOMENT: occasion.moment,
    BELAY_RUN: runKey(occasion),
    BELAY_WEIGHT: occasion.weight === null ? '' : String(occasion.weight),
    BELAY_REASON: occasion.reason ?? '',
    CODE_VERSION: release?.code_version ?? '',
    CONFIGURATION_VERSION: release?.configuration_version ?? '',
    PREVIOUS_CODE_VERSION: previous?.code_version ?? '',
    PREVIOUS_CONFIGURATION_VERSION: previous?.configuration_version ?? '',
    BELAY_ARTIFACT: release?.artifact ?? '',
  };
}

/** As a document. */
export function documentOf(occasion: HookOccasion): object {
  const { service, environment, generation, status, release, previous, hook, moment, weight, reason } = occasion;
  return {
    deployment: deploymentOf(occasion),
    run: runKey(occasion),
    hook,
    moment,
    service,
    environment,
    generation,
    status,
    release,
    previous_release: previous,
    weight,
    reason,
  };
}
