import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { hashOf } from '../control/tokens';
import { accessOf, bearerIn } from './access';

/** Names that come and go must not pile up. */
const MOST = 100_000;

/**
 * Instances by the secret that was right when they were last heard. A fleet behind one address may send more than any
 * stranger could be allowed to: who is known is told before anything is read, without a question to the database.
 */
export class Acquaintances {
  private readonly secrets = new Map<string, Buffer>();

  /** The instance whose heartbeat this is, if its secret was right before. */
  behind(request: FastifyRequest): string | undefined {
    if (accessOf(request) !== 'instance') return undefined;
    const { name = '' } = request.params as { name?: string };
    const secret = bearerIn(request);
    return secret !== undefined && this.isRight(name, hashOf(secret)) ? name : undefined;
  }

  /** It was let in with this. */
  meet(name: string, secretHash: Buffer): void {
    if (this.isRight(name, secretHash)) return;
    this.secrets.set(name, secretHash);
    if (this.secrets.size > MOST) this.secrets.delete(this.secrets.keys().next().value!);
  }

  /** It wasn't: whoever has the right secret stays known. */
  forget(name: string, secretHash: Buffer): void {
    if (this.isRight(name, secretHash)) this.secrets.delete(name);
  }

  private isRight(name: string, secretHash: Buffer): boolean {
    const known = this.secrets.get(name);
    return known !== undefined && timingSafeEqual(known, secretHash);
  }
}
