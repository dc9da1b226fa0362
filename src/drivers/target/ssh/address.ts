import type { SshDriverSpec } from '../../../domain';
import type { TargetInstance } from '../driver';
import type { HostName } from './known-hosts';

/**
 * The host that an instance is on: of its address, whose port is the service's, or of the label that the spec names,
 * where a port is ssh's. A text says why there is none.
 */
export function hostOf(instance: TargetInstance, spec: SshDriverSpec): HostName | string {
  if (spec.hostLabel === undefined) {
    if (instance.address === undefined) return 'it has no address, which would name the host to connect to';
    const found = parsed(instance.address);
    if (found === undefined)
      return `its address "${instance.address}" is neither host:port nor a URL, so it names no host`;
    return { host: found.host, port: spec.port };
  }
  const label = Object.hasOwn(instance.labels, spec.hostLabel) ? instance.labels[spec.hostLabel] : undefined;
  if (label === undefined) return `it has no label ${spec.hostLabel}, which would name the host to connect to`;
  const found = parsed(label);
  return found === undefined
    ? `its label ${spec.hostLabel} is "${label}", which is neither host nor host:port`
    : { host: found.host, port: found.port ?? spec.port };
}

function parsed(text: string): { host: string; port?: number } | undefined {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ssh://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url);
  if (hostname === '') return undefined;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), ...(port === '' ? {} : { port: Number(port) }) };
}
