import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import type { HealthCheck } from '../domain';
import { InputError } from '../domain/errors';
import { isName, NAME_RULE } from '../domain/names';
import { agentFile, type health } from './agent-file';
import { parseWith } from './parse-with';
import { readText, whyUnreadable } from './read-text';
import { parseYaml } from './yaml';

/** One agent, and the instance that it looks after; valid, with every default and absolute paths. */
export interface AgentConfig {
  /** agent.yaml, as it was named. */
  file: string;
  controlPlane: { url: string; ca?: string };
  registrationTokenFile: string;
  name: string;
  /** The instance's own address, as others reach it. */
  ip: string;
  port?: number;
  labels: Record<string, string>;
  stateDir: string;
  /** argv of the update command; a relative first word that has a slash counts from `directory`. */
  update: string[];
  /** The folder of agent.yaml. */
  directory: string;
  env: Record<string, string>;
  health: HealthCheck;
  /** Where the health check asks: the origin of its URL. */
  healthAddress?: string;
  healthIntervalMs: number;
  metricsUrl?: string;
  heartbeat: { intervalMs: number; jitter: number };
  /** Where releases that come in artifacts go; absent: there is no place for them. */
  installation?: {
    directory: string;
    /** What all releases share: names in `shared/`, and links in each release's folder. */
    shared: string[];
    keepReleases: number;
    /** Of the archive as it is fetched. */
    maxBytes: number;
    /** Of the archive without its compression. */
    maxUnpackedBytes: number;
    maxFiles: number;
    downloadMs: number;
  };
  timeouts: { updateMs: number; healthMs: number };
}

/** The agent's file, valid and with every default; an InputError with every mistake and its place otherwise. */
export async function readAgentFile(file: string): Promise<AgentConfig> {
  const parsed = parseWith(agentFile, parseYaml(file, await readText(file, 1)));
  const directory = path.dirname(path.resolve(file));
  const { control_plane: plane, heartbeat, timeouts, metrics, port } = parsed;
  const ca = plane.ca_file === undefined ? undefined : await textOf(path.resolve(directory, plane.ca_file));
  return {
    file,
    controlPlane: { url: plane.url.replace(/\/+$/, ''), ...(ca === undefined ? {} : { ca }) },
    registrationTokenFile: path.resolve(directory, parsed.registration_token_file),
    name: parsed.name ?? hostName(file),
    ip: parsed.ip,
    ...(port === undefined ? {} : { port }),
    labels: parsed.labels,
    stateDir: path.resolve(directory, parsed.state_dir),
    update: parsed.update,
    directory,
    env: parsed.env,
    ...healthOf(parsed.health),
    healthIntervalMs: parsed.health.interval,
    ...(metrics === undefined ? {} : { metricsUrl: metrics.url }),
    heartbeat: { intervalMs: heartbeat.interval, jitter: heartbeat.jitter },
    ...installationOf(file, directory, parsed),
    timeouts: { updateMs: timeouts.update, healthMs: timeouts.health },
  };
}

function installationOf(
  file: string,
  directory: string,
  { install_dir, shared, keep_releases: keepReleases, artifact, timeouts }: z.output<typeof agentFile>,
): Pick<AgentConfig, 'installation'> {
  if (install_dir === undefined) {
    if (shared.length === 0) return {};
    throw new InputError({ file, message: 'shared says what is linked into releases, and there is no install_dir' });
  }
  return {
    installation: {
      directory: path.resolve(directory, install_dir),
      shared: [...new Set(shared)],
      keepReleases,
      maxBytes: artifact.max_size,
      maxUnpackedBytes: artifact.max_unpacked_size,
      maxFiles: artifact.max_files,
      downloadMs: timeouts.download,
    },
  };
}

function healthOf(parsed: z.output<typeof health>): Pick<AgentConfig, 'health' | 'healthAddress'> {
  const { timeout: timeoutMs, code_version: codeVersion, configuration_version: configurationVersion } = parsed;
  const common = {
    timeoutMs,
    ...(codeVersion === undefined ? {} : { codeVersion }),
    ...(configurationVersion === undefined ? {} : { configurationVersion }),
  };
  if (parsed.type === 'command') return { health: { kind: 'command', run: parsed.run, ...common } };
  const { origin, pathname, search } = new URL(parsed.url);
  const health = {
    kind: 'http' as const,
    path: `${pathname}${search}`,
    expectStatus: parsed.expect_status,
    connectTimeoutMs: timeoutMs,
    ...common,
  };
  return { health, healthAddress: origin };
}

function hostName(file: string): string {
  const name = hostname();
  if (isName(name)) return name;
  const message = `name is missing, and this machine's (${JSON.stringify(name)}) can't take its place: ${NAME_RULE}`;
  throw new InputError({ file, message });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError({ file, message: whyUnreadable(error) });
  }
}
