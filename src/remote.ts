import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { CliContext, Session } from './cli/context';
import { createRemote, type ApiAddress } from './control/http';
import type { InventoryRow } from './control/inventory';
import type { Instance } from './domain';
import { InputError } from './domain/errors';
import { addressOf } from './domain/address';
import { whyUnreadable } from './schemas/read-text';

/** Progress of a Belay elsewhere is asked for less often: each question is a request. */
const POLL_MS = 1_000;

/** Whether the command line goes through an API. */
export function isRemote({ BELAY_API_URL }: NodeJS.ProcessEnv): boolean {
  return BELAY_API_URL !== undefined && BELAY_API_URL !== '';
}

/** What the verbs need, from an API: nothing is looked for on this machine. */
export function remoteParts(
  env: NodeJS.ProcessEnv,
): Required<Pick<CliContext, 'connect' | 'listFleet' | 'remote' | 'artifacts'>> {
  // An address that is wrong is a verb's to tell, and most of them don't need it.
  const open = () => createRemote(apiAddress(env));
  return {
    async connect(): Promise<Session> {
      const { control, inventory, tokens, flags } = open();
      return { control, inventory, tokens, flags, hosted: false, pollMs: POLL_MS, close: () => control.close() };
    },
    async listFleet(fleet) {
      if (fleet.kind === 'none') return [];
      if (fleet.kind === 'file') throw new Error(`${fleet.path} is to be read where it lies`);
      const api = open();
      const rows = await api.inventory.list({ labels: fleet.labels }).finally(() => api.close());
      return rows.filter((row) => row.excluded === undefined).map(instanceOf);
    },
    // Its connection is kept for a few questions, and ends with the process.
    artifacts: async () => open().artifacts,
    remote: {
      get url() {
        return apiAddress(env).url;
      },
      plan(order) {
        const api = open();
        return api.plan(order).finally(() => api.close());
      },
    },
  };
}

/** As the inventory lists it to a deployment. */
function instanceOf({ name, ip, port, labels, versions, health }: InventoryRow): Instance {
  return { name, address: addressOf(ip, port), labels, health, ...(versions === undefined ? {} : { versions }) };
}

/** Where the API is, and what to show it; an InputError where that can't be. Neither secret is ever in words. */
export function apiAddress(env: NodeJS.ProcessEnv): ApiAddress {
  const { BELAY_API_CA: ca } = env;
  return {
    url: urlOf(env.BELAY_API_URL ?? ''),
    token: tokenOf(env.BELAY_API_TOKEN ?? ''),
    ...(ca === undefined || ca === '' ? {} : { ca: [...rootCertificates, certificatesIn(ca)] }),
  };
}

function urlOf(text: string): string {
  const right = 'write an address like https://belay.example.com, or http://127.0.0.1:7080';
  if (!URL.canParse(text)) throw new InputError(`BELAY_API_URL is no address; ${right}`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InputError(`BELAY_API_URL starts with ${url.protocol}; ${right}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError(`BELAY_API_URL has a user or a password in it; the token goes into BELAY_API_TOKEN`);
  }
  if (url.search !== '' || url.hash !== '') throw new InputError(`BELAY_API_URL has a query in it; ${right}`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function tokenOf(text: string): string {
  const token = text.trim();
  if (token === '') {
    throw new InputError(
      'BELAY_API_URL is set, and BELAY_API_TOKEN is not; set it to a token of that Belay (`belay token create NAME --role operator` makes one there)',
    );
  }
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) {
    throw new InputError('BELAY_API_TOKEN is no token: it has spaces in it, or characters that no token has');
  }
  return token;
}

function certificatesIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError({ file, message: `${whyUnreadable(error)} (BELAY_API_CA names it)` });
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new InputError({ file, message: 'has no certificate in it (BELAY_API_CA names it); write PEM' });
}
