import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The example's own folder: its update command, its deployment, its releases. */
export const EXAMPLE = path.resolve(path.dirname(realpathSync(fileURLToPath(import.meta.url))), '..');

/** Where a fleet keeps its state unless told otherwise. */
export const DEFAULT_DIR = path.resolve(process.env.FLEET_DIR ?? path.join(EXAMPLE, '.belay-fleet'));
