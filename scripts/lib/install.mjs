import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import { Problem, ROOT, say } from './say.mjs';

/** Installs the packages of the lock file, unless exactly these are installed. */
export async function ensureInstalled() {
  if (missing() === undefined) return;
  await withLock(
    join(ROOT, '.belay', 'install.lock'),
    (holder) => say(`waiting for process ${holder}, which installs packages`),
    async () => {
      const reason = missing();
      if (reason === undefined) return;
      say(`installing packages with npm ci (${reason})`);
      const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
      // npm's own output goes to stderr, so that stdout stays what the command prints.
      const code = await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
        cwd: ROOT,
        stdio: ['ignore', process.stderr, process.stderr],
      });
      if (code !== 0) {
        throw new Problem(
          `npm ci ended with exit code ${code}; its message is above. If the registry can't be reached, check the ` +
            'network and `npm config get registry`, then run the same command again.',
        );
      }
    },
  );
}

/** What is not as the lock file says; npm writes the second file as the last step of an installation. */
function missing() {
  const wanted = read(join(ROOT, 'package-lock.json'));
  if (wanted === undefined) throw new Problem('package-lock.json is missing or no JSON: take it from the repository.');
  const found = read(join(ROOT, 'node_modules', '.package-lock.json'));
  if (found === undefined) return 'node_modules is missing or incomplete';
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '' || entry.optional || entry.devOptional || entry.peer || entry.link) continue;
    if (found.packages[path]?.version !== entry.version)
      return `${path.replace(/^node_modules\//, '')} is not as in the lock file`;
  }
  return undefined;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
