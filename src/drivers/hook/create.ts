import type { HookSpec } from '../../domain/hooks';
import { CommandHook } from './command';
import type { Hook } from './hook';
import { HttpHook } from './http';

/** The hook that a spec describes; its `${env:NAME}` are resolved in that environment. */
export function createHook(spec: HookSpec, environment: NodeJS.ProcessEnv): Hook {
  switch (spec.kind) {
    case 'command':
      return new CommandHook(spec, environment);
    case 'http':
      return new HttpHook(spec, environment);
  }
}
