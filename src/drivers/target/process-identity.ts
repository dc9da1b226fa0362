import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells a process from every later one of the same number: when it started, and, where that counts from the boot,
 * which boot. Undefined: it has ended, be it not yet reaped.
 */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in parentheses that may hold anything; the third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (/^[ZX]/.test(fields[0] ?? '')) return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function fromPs(pid: number): string | undefined {
  try {
    // The same words, whatever the settings of who asks.
    const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
    const told = execFileSync('ps', ['-p', String(pid), '-o', 'state=', '-o', 'lstart='], { env, encoding: 'utf8' });
    const [, state, started] = /^\s*(\S+)\s+(\S.*?)\s*$/s.exec(told) ?? [];
    return state?.startsWith('Z') ? undefined : started;
  } catch {
    // It exits with 1 where there is no such process.
    return undefined;
  }
}
