import { createHmac } from 'node:crypto';

/**
 * `t=1700000000,v1=<hex>`: the HMAC-SHA256, under the secret, of the time, a dot, and the body as it is. The time is
 * signed, too, so that nobody can send again what they have overheard.
 */
export function signatureOf(secret: string, at: Date, body: string): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const hex = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${hex}`;
}
