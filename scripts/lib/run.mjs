import { spawn } from 'node:child_process';

/**
 * Runs a command in the foreground and answers with its exit code. Ctrl-C reaches the command by itself
 * (it is in the terminal's foreground group); signals sent to this process alone are passed on.
 */
export function run(command, args, { env = process.env, cwd, stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio });
    const pass = (signal) => child.kill(signal);
    const wait = () => {};
    process.on('SIGINT', wait);
    process.on('SIGTERM', pass);
    process.on('SIGHUP', pass);
    const done = () => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', pass);
      process.off('SIGHUP', pass);
    };
    child.on('error', (error) => (done(), reject(error)));
    child.on('exit', (code, signal) => (done(), resolve(code ?? SIGNAL_EXIT[signal] ?? 1)));
  });
}

const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGKILL: 137 };

/** Runs a command silently: its exit code and all that it printed; killed when it takes longer than `timeoutMs`. */
export function capture(command, args, { env = process.env, cwd, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    let timedOut = false;
    const timer = timeoutMs > 0 ? setTimeout(() => ((timedOut = true), child.kill('SIGKILL')), timeoutMs) : undefined;
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const stop = () => child.kill('SIGKILL');
    process.once('exit', stop);
    const end = (code, extra = '') => {
      clearTimeout(timer);
      process.off('exit', stop);
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') + extra });
    };
    child.on('error', (error) => end(127, error.message));
    child.on('close', (code) => end(code ?? 1, timedOut ? `\nstopped after ${timeoutMs / 1000} s` : ''));
  });
}
