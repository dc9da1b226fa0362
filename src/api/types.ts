import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ArtifactBooks } from '../control/artifacts';
import type { ArtifactStore } from '../domain/artifact';
import type { Control } from '../control/control';
import type { PlannedFreeze } from '../domain/calendar/planned-freeze';
import type { FlagCache } from '../control/flag-cache';
import type { Flags } from '../control/flags';
import type { Inventory } from '../control/inventory';
import type { Tokens } from '../control/tokens';
import type { ApiMetrics } from '../metrics/api';
import type { Catalog } from '../schemas/server-drivers';
import type { Deploying } from './deploying';
import type { RegistrationRule } from './registration';

/** The HTTP server, whose handlers get what their schemas made of a request. */
export type Api = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** How many requests are let through. */
export interface Limits {
  /** In a minute, from one address, whoever asks. */
  perAddress: number;
  /** In a minute, by one token or one instance. */
  perToken: number;
  /** In a minute, by one token: evaluations of flags. */
  evaluations: number;
  /** In a minute, from one address, with a token that isn't right. */
  failures: number;
}

/** How long requests may take to arrive. */
export interface Arrival {
  /** Until all headers are there. */
  headersMs: number;
  /** How often that is looked at. */
  checkEveryMs: number;
  /** Until the body is there, unless its route says otherwise. */
  bodyMs: number;
  /** How long what still comes after an answer is thrown away before the connection is ended. */
  drainMs: number;
}

/** Streams of progress. */
export interface StreamSettings {
  /** How many are open at once, and how many of them by one token. */
  most: number;
  mostPerToken: number;
  /** How often it is looked at whether the tokens that they were opened with are still right. */
  lookAgainMs: number;
}

/** What the API is like by its configuration. */
export interface Settings {
  registration?: RegistrationRule;
  heartbeat: { intervalMs: number; unknownAfterMs: number };
  /** What requests may name instead of writing it out; absent: nothing. */
  catalog?: Catalog;
  /** When deployments wait; absent: never. */
  freezes?: PlannedFreeze[];
  /** An admin's secret that is in no database: a stack of one machine hands it out. */
  devToken?: string;
  limits?: Partial<Limits>;
  arrival?: Partial<Arrival>;
  streams?: Partial<StreamSettings>;
}

/** All that the API needs from outside; server.ts puts it together. */
export interface ApiOptions {
  version: string;
  logger: FastifyBaseLogger;
  /** The error to answer in place of this one: where a server is at fault, an Unreachable. */
  explain: (error: unknown) => unknown;
  /** What keeps it from working, in words; nothing when it can. */
  troubles: () => Promise<string[]>;
  control: Control;
  inventory: Inventory;
  tokens: Tokens;
  flags: Flags;
  /** The flags in memory; it is to be started, and stopped. */
  flagCache: FlagCache;
  artifacts: ArtifactStore;
  artifactBooks: ArtifactBooks;
  settings: Settings;
  deploying: Omit<Deploying, 'control'>;
  metrics: ApiMetrics;
}
