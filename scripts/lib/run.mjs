import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs a command in the foreground, passes signals on to it, and answers with its exit code. */
export function run(command, args, { env = process.env, cwd, stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio });
    // After Ctrl-C it may have the signal already; twice is no more than once to whoever is run here.
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    const done = () => {
      for (const signal of SIGNALS) process.off(signal, pass);
    };
    child.on('error', (error) => (done(), reject(error)));
    child.on('exit', (code, signal) => (done(), resolve(code ?? exitCodeOf(signal))));
  });
}

/**
 * Runs a command silently: its exit code and all that it printed. It is killed when it takes longer than `timeoutMs`,
 * and when this process is told to end.
 */
export function capture(command, args, { env = process.env, cwd, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    let timedOut = false;
    const timer = timeoutMs > 0 ? setTimeout(() => ((timedOut = true), child.kill('SIGKILL')), timeoutMs) : undefined;
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const leave = (signal) => {
      child.kill('SIGKILL');
      process.exit(exitCodeOf(signal));
    };
    for (const signal of SIGNALS) process.on(signal, leave);
    const end = (code, extra = '') => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, leave);
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') + extra });
    };
    child.on('error', (error) => end(127, error.message));
    child.on('close', (code) => end(code ?? 1, timedOut ? `\nstopped after ${timeoutMs / 1000} s` : ''));
  });
}

function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}
