import { begin } from './begin';
import { changeInstance } from './change';
import type { ActivityDependencies, Tools } from './dependencies';
import { Deployments } from './deployments';
import { driveInstances } from './drive';
import { readCalendar } from './calendar';
import { recordEnd } from './end';
import { setFlags } from './flags';
import { guardTraffic } from './guard';
import { runHook } from './hook';
import { shiftTraffic } from './traffic';
import { guarded } from './failure';
import { FleetFiles } from './fleet-file';
import { writeLines } from './event-log';
import { measure } from './measure';
import { restoreInstance } from './restore';
import { heartbeating } from './running';
import { takeStock } from './stock';
import { patrol } from './sweep';
import type { Activities } from './types';

/** Names by the page: see `Activities.names`. */
const NAMES_A_PAGE = 500;

/** What the workflow can have done, on this store and with these drivers. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const tools = toolsOf(dependencies);
  const { store } = tools;
  return {
    begin: guarded((input) => begin(tools, input)),
    changeInstance: guarded((input) => changeInstance(tools, input)),
    restoreInstance: guarded((input) => restoreInstance(tools, input)),
    driveInstances: guarded((input) => driveInstances(tools, input)),
    measure: guarded((input) => measure(tools, input)),
    shiftTraffic: guarded((input) => shiftTraffic(tools, input)),
    guardTraffic: guarded((input) => guardTraffic(tools, input)),
    runHook: guarded((input) => runHook(tools, input)),
    setFlags: guarded((input) => setFlags(tools, input)),
    readCalendar: guarded((input) => readCalendar(tools, input)),
    takeStock: guarded((input) => takeStock(tools, input)),
    patrol: guarded((input) => patrol(tools, input)),
    recordEnd: beating((input) => recordEnd(tools, input)),
    names: beating(async ({ generation, from }) => ({
      from,
      names: await store.memberNames(generation, from, NAMES_A_PAGE),
    })),
    ordinals: beating(({ generation, names }) => store.memberOrdinals(generation, names)),
    drawGeneration: beating(({ generation }) => store.drawRollback(generation)),
    log: beating((input) => writeLines(tools, input)),
    recordProgress: beating(({ document }) => store.saveProgress(document)),
  };
}

/** For those that never ask whether they are to stop. */
function beating<I, R>(run: (input: I) => Promise<R>): (input: I) => Promise<R> {
  return guarded((input: I) => heartbeating(() => run(input)));
}

function toolsOf({ store, drivers, routers, ...given }: ActivityDependencies): Tools {
  const {
    metrics,
    hooks,
    orchestrator,
    readFleet,
    webUi,
    looksWhenAsked = false,
    now = Date.now,
    freezes = [],
  } = given;
  const deployments = new Deployments(store, drivers, routers);
  const fleetFiles = new FleetFiles(store);
  return {
    store,
    metrics,
    hooks,
    orchestrator,
    readFleet,
    webUi,
    looksWhenAsked,
    now,
    freezes,
    deployments,
    fleetFiles,
  };
}
