import { spawn, type ChildProcess } from 'node:child_process';

/** Ends a process of ours when this process is gone, even killed: then the pipe closes that the shell reads from. */
export function tether(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const script = 'read -r _; kill -KILL "$0" 2>/dev/null';
  const shell = spawn('/bin/sh', ['-c', script, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  shell.on('error', () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  child.once('exit', () => shell.kill());
}
