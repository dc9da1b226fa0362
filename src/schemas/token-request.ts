import { parseInstant } from '../domain/instant';
import { object } from './object';
import { choice, converted, list, name } from './scalars';

const instant = converted('text', 'write a time with its zone, like 2027-01-31T09:00Z', parseInstant);
const only = (what: string) => list(name(what), `write a list of ${what}s`, 1).optional().describe('Absent: all.');

/** `POST /tokens` */
export const tokenRequest = object(
  {
    name: name('token').describe('Who it is for; the event log names it.'),
    role: choice(['viewer', 'operator', 'admin', 'agent', 'evaluator']),
    environments: only('environment'),
    services: only('service'),
    expires: instant.optional().describe('Absent: never.'),
  },
  'write { "name": "ci", "role": "operator" }',
);

/** A token in an address. */
export const tokenName = object({ name: name('token') }, 'name a token');
