/** Where something listens. */
export interface Address {
  host: string;
  port: number;
}

/** `host:port`, an IPv6 host in brackets; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]{1,253})):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** `10.0.0.3:8080`, `[fd00::3]:8080`, or the address alone. */
export function addressOf(ip: string, port: number | undefined): string {
  if (port === undefined) return ip;
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}
