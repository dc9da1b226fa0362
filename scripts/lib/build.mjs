import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { alive, withLock } from './lock.mjs';
import { Problem, ROOT, say } from './say.mjs';

const SOURCES = join(ROOT, 'src');
const DIST = join(ROOT, 'dist');
const WORKFLOWS = join(SOURCES, 'workflows', 'index.ts');
/** What the workflow bundle is made of: workflows may import nothing else. */
const IN_BUNDLE = ['workflows', 'domain'];

/** Makes dist/ (JavaScript, and the workflows' bundle) when the sources are not those that it was made of. */
export async function ensureBuilt() {
  if (upToDate()) return;
  await withLock(
    join(ROOT, '.belay', 'build.lock'),
    (holder) => say(`waiting for process ${holder}, which builds`),
    async () => {
      if (upToDate()) return;
      say('building dist/');
      await build();
    },
  );
}

function upToDate() {
  const stamp = readStamp();
  return stamp !== undefined && stamp.sources === fingerprint(['']);
}

/** The whole folder is made beside the old one and takes its place at the end. */
async function build() {
  const next = `${DIST}.${process.pid}`;
  const old = `${next}.old`;
  const drop = () => [next, old].forEach((folder) => rmSync(folder, { recursive: true, force: true }));
  const stamp = { sources: fingerprint(['']), bundle: fingerprint(IN_BUNDLE) };
  const before = readStamp();
  dropLeftovers();
  process.once('exit', drop);
  try {
    transpile(next);
    if (existsSync(WORKFLOWS)) {
      if (before?.bundle === stamp.bundle && existsSync(join(DIST, 'workflow-bundle.js'))) {
        copyFileSync(join(DIST, 'workflow-bundle.js'), join(next, 'workflow-bundle.js'));
      } else {
        writeFileSync(join(next, 'workflow-bundle.js'), await bundle());
      }
    }
    await bundleAgent(join(next, 'belay-agent.cjs'));
    writeFileSync(join(next, '.stamp.json'), JSON.stringify(stamp));
    // For no longer than a moment there is none: whoever runs may be about to load a module.
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(next, DIST);
  } finally {
    drop();
    process.off('exit', drop);
  }
}

/** What a killed build couldn't take away. */
function dropLeftovers() {
  for (const name of readdirSync(ROOT)) {
    const pid = /^dist\.(\d+)/.exec(name)?.[1];
    if (pid !== undefined && !alive(Number(pid))) rmSync(join(ROOT, name), { recursive: true, force: true });
  }
}

/** Types are checked by `npm run check`; here they are only taken away, which is quick. */
function transpile(out) {
  const { transformFileSync } = createRequire(import.meta.url)('@swc/core');
  for (const file of filesBelow(SOURCES)) {
    const target = join(out, relative(SOURCES, file));
    mkdirSync(dirname(target), { recursive: true });
    if (!file.endsWith('.ts')) {
      copyFileSync(file, target);
      continue;
    }
    if (file.endsWith('.d.ts')) continue;
    const script = target.replace(/\.ts$/, '.js');
    let made;
    try {
      made = transformFileSync(file, {
        swcrc: false,
        sourceMaps: true,
        sourceFileName: relative(dirname(script.replace(out, DIST)), file),
        module: { type: 'commonjs', ignoreDynamic: true },
        jsc: { target: 'es2023', parser: { syntax: 'typescript' }, keepClassNames: true },
      });
    } catch (error) {
      throw new Problem(`${relative(ROOT, file)} can't be built: ${error.message}`);
    }
    writeFileSync(script, `${made.code}\n//# sourceMappingURL=${script.split(/[\\/]/).at(-1)}.map\n`);
    writeFileSync(`${script}.map`, made.map);
  }
}

async function bundle() {
  const { bundleWorkflowCode, DefaultLogger } = createRequire(import.meta.url)('@temporalio/worker');
  const messages = [];
  const logger = new DefaultLogger('WARN', (entry) => messages.push(entry.message));
  try {
    return (await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger })).code;
  } catch (error) {
    throw new Problem(`The workflows can't be bundled: ${error.message}\n${messages.join('\n')}`);
  }
}

/** The agent in one file, for machines that have no packages; what it is made of is told beside it. */
async function bundleAgent(outfile) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    entryPoints: [join(SOURCES, 'agent-alone.ts')],
    outfile,
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'eof',
    metafile: true,
    logLevel: 'error',
  });
  writeFileSync(outfile.replace(/\.cjs$/, '.meta.json'), JSON.stringify(metafile));
}

/** Changes with any file's path, size or time below these folders of src/, with the packages, and with the builder. */
function fingerprint(folders) {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  const files = folders.flatMap((folder) => filesBelow(join(SOURCES, folder)));
  for (const file of [...files, join(ROOT, 'scripts', 'lib', 'build.mjs')]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(join(DIST, '.stamp.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
