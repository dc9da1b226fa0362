import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
import type { Engine } from './engine';

const DOMAIN = path.join(__dirname, '../../src/domain');
const ENTRIES = ['rollout/index.ts', 'strategies/policy.ts'].map((file) => path.join(DOMAIN, file));

/** A change of the engine's source: the text must be there exactly once, so that a stale fault fails loudly. */
export interface Fault {
  name: string;
  /** Under src/domain. */
  file: string;
  find: string;
  replace: string;
  /** It takes a world with more than instances to notice it. */
  delivered?: true;
}

/** Loads a copy of the engine of its own, with a fault planted in it, from its sources; nothing else sees it. */
export function engineWith(fault?: Fault): Engine {
  const loaded = new Map<string, { exports: unknown }>();
  let planted = false;

  function load(file: string): unknown {
    const known = loaded.get(file);
    if (known) return known.exports;
    let code = compiled(file);
    if (fault && file === path.join(DOMAIN, fault.file)) {
      code = compile(plant(fault, readFileSync(file, 'utf8')), file);
      planted = true;
    }
    const module = { exports: {} };
    loaded.set(file, module);
    const require = (name: string) => load(resolve(path.dirname(file), name));
    // The code is the engine's own source.
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const run = new Function('module', 'exports', 'require', code) as (...given: unknown[]) => void;
    run(module, module.exports, require);
    return module.exports;
  }

  const engine = Object.assign({}, ...ENTRIES.map(load)) as Engine;
  if (fault && !planted) throw new Error(`the engine doesn't use ${fault.file}: the fault "${fault.name}" is stale`);
  return engine;
}

function plant({ name, file, find, replace }: Fault, source: string): string {
  const times = source.split(find).length - 1;
  if (times !== 1) {
    throw new Error(`src/domain/${file} has this ${times} times, so the fault "${name}" is stale:\n${find}`);
  }
  return source.replace(find, () => replace);
}

const cache = new Map<string, string>();

function compiled(file: string): string {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const code = compile(readFileSync(file, 'utf8'), file);
  cache.set(file, code);
  return code;
}

function compile(source: string, filename: string): string {
  const options = { target: 'es2023', parser: { syntax: 'typescript' } } as const;
  return transformSync(source, { filename, swcrc: false, jsc: options, module: { type: 'commonjs' } }).code;
}

function resolve(folder: string, name: string): string {
  const bare = path.resolve(folder, name);
  return [`${bare}.ts`, path.join(bare, 'index.ts')].find((one) => existsSync(one)) ?? bare;
}
