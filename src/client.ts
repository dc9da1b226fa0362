#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { userInfo, hostname } from 'node:os';
import { join } from 'node:path';
import type { CliContext, Recorded, Session } from './cli/context';
import { Interrupts } from './cli/interrupts';
import { processOutput } from './cli/output';
import { directoryOf } from './cli/paths';
import { runCommandLine } from './cli/run';
import { createArtifacts, type ArtifactEvent, type Artifacts } from './control/artifacts';
import { createControl } from './control/direct';
import { createFlags } from './control/flags';
import { createInventory } from './control/inventory';
import { createTokens } from './control/tokens';
import type { FleetSource, Instance } from './domain';
import type { AgentReport } from './domain/agent';
import type { ArtifactStore } from './domain/artifact';
import { createArtifactStore } from './drivers/artifact/create';
import { haproxyLines } from './drivers/traffic/haproxy/lines';
import { readInstances } from './schemas';
import { Unreachable } from './control/errors';
import { explain } from './explain';
import { machine } from './machine';
import { foresee } from './foresight';
import { lackingHere, probeFleet } from './probe';
import { isRemote, remoteParts } from './remote';
import { readServerSettings } from './schemas/server';
import { artifactPlaceHere, configFile } from './stack/artifact-place';
import { fleetReader } from './stack/fleet-reader';
import { ROOT, stateDirOf } from './stack/state-dir';
import { findWay } from './stack/way';
import { whatRuns } from './stack/what-runs';
import {
  openStore,
  peekAgentReports,
  noteEvent,
  peekArtifactUses,
  peekEarlier,
  peekFlags,
  peekFreezes,
  peekMatching,
  peekRecorded,
  StoreUnreachable,
} from './store';

/** The command line, put together. */
async function main(): Promise<void> {
  const { env } = process;
  const interrupts = new Interrupts(() => process.exit(130));
  interrupts.listen();
  const context: CliContext = {
    output: processOutput({ stdout: process.stdout, stderr: process.stderr, env }),
    interrupts,
    directory: directoryOf(env, process.cwd(), ROOT),
    actor: actorOf(env),
    version: (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version,
    debug: env.BELAY_DEBUG !== undefined && env.BELAY_DEBUG !== '' && env.BELAY_DEBUG !== '0',
    explain,
    connect,
    listFleet,
    probe: (spec, members) => probeFleet(spec, members, agentReports),
    lacking: async (spec) => lackingHere(spec, await artifactStore()),
    foresee: (spec, members, inFlight) =>
      foresee(spec, members, { flags: (of) => lookedUp(undefined, (url) => peekFlags(url, of)), inFlight }),
    recorded: (fleet, names) => lookedUp<Recorded>(new Map(), (url) => peekRecorded(url, fleet, names)),
    frozen: (scope) => lookedUp([], (url) => peekFreezes(url, scope)),
    plannedFreezes: async () => (await readServerSettings(configFile(env))).freezes,
    earlier: (service, driver) => lookedUp({}, (url) => peekEarlier(url, service, driver)),
    artifacts,
    haproxyLines,
    machine,
    ...(isRemote(env) ? remoteParts(env) : {}),
  };
  const exit = await runCommandLine(process.argv.slice(2), context);
  // What was written last is on its way yet where streams are asynchronous.
  process.stdout.write('', () => process.exit(exit));
}

async function connect({ host, say }: Parameters<CliContext['connect']>[0]): Promise<Session> {
  const way = await findWay({ host: host === 'always' || wasUsed(), say });
  try {
    const store = await openStore(way.databaseUrl);
    const control = createControl({
      client: way.client,
      taskQueue: way.taskQueue,
      store,
      readFleet: fleetReader(store),
      artifacts: await artifactStore(),
    });
    const close = async () => {
      await control.close();
      await way.close();
    };
    const parts = { inventory: createInventory(store), tokens: createTokens(store), flags: createFlags(store) };
    return { control, ...parts, hosted: way.hosted, close };
  } catch (error) {
    await way.close();
    throw error;
  }
}

/** Whether a stack ran from the state folder before: what it knows is worth starting it for. */
function wasUsed(): boolean {
  return existsSync(join(stateDirOf(), 'postgres')) || existsSync(join(stateDirOf(), 'temporal'));
}

/** Only asks a database that is there: a dry run starts nothing, and goes on without. */
async function lookedUp<T>(nothing: T, look: (databaseUrl: string) => Promise<T>): Promise<T> {
  const url = process.env.DATABASE_URL ?? (await whatRuns(stateDirOf()))?.database_url;
  if (url === undefined || url === '') return nothing;
  try {
    return await look(url);
  } catch (error) {
    if (error instanceof StoreUnreachable) return nothing;
    throw error;
  }
}

/** A file is read here; the inventory is asked where Belay runs. */
async function listFleet(fleet: FleetSource): Promise<Instance[]> {
  if (fleet.kind === 'none') return [];
  if (fleet.kind === 'file') return readInstances(fleet.path);
  const matching = await lookedUp(undefined, (url) => peekMatching(url, fleet.labels));
  if (matching !== undefined) return matching;
  throw new Unreachable(
    'There is no inventory to find the instances in: Belay runs nowhere that this command knows of',
    ['start it with `belay dev`, or set DATABASE_URL and TEMPORAL_ADDRESS to where it runs'],
  );
}

async function artifacts(): Promise<Artifacts> {
  const note = (event: ArtifactEvent) => lookedUp(undefined, (url) => noteEvent(url, event));
  return createArtifacts(await artifactStore(), { usesOf: artifactUses, note });
}

async function artifactStore(): Promise<ArtifactStore> {
  return createArtifactStore(await artifactPlaceHere());
}

/** Where Belay has run, and doesn't now, nobody can tell: it isn't started for this. */
async function artifactUses(digest: string): Promise<string[]> {
  const uses = await lookedUp(undefined, (url) => peekArtifactUses(url, digest));
  if (uses !== undefined) return uses;
  if (!wasUsed()) return [];
  throw new Unreachable('Whether somebody needs the artifact is written in a database that does not run', [
    'start it with `belay dev`, or delete it all the same with --force',
  ]);
}

function agentReports(names: string[]): Promise<Map<string, AgentReport>> {
  return lookedUp(new Map<string, AgentReport>(), (url) => peekAgentReports(url, names));
}

function actorOf({ BELAY_ACTOR }: NodeJS.ProcessEnv): string {
  if (BELAY_ACTOR !== undefined && BELAY_ACTOR !== '') return BELAY_ACTOR;
  return `${userName()}@${hostname()}`;
}

/** A user id without an entry in the system's list has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? 'unknown';
  }
}

void main();
