import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from '../../src/agent';
import { readAgentFile } from '../../src/schemas/agent';
import { Plane } from './plane';
import { startClient, type ClientProcess } from './client-process';

/** Writes what it was told into the ledger, waits while there is a file `hold`, and fails while there is a file `fail`. */
const UPDATE = `#!/bin/sh
echo "$GENERATION.$ATTEMPT $PREVIOUS_CODE_VERSION $CODE_VERSION $INSTANCE_ID $INSTANCE_LABEL_ROLE" >>ledger
while [ -e hold ]; do sleep 0.05; done
if [ -e fail ]; then echo 'no space left' >&2; exit 1; fi
printf '{"version":"%s","config":"%s"}' "$CODE_VERSION" "$CONFIGURATION_VERSION" >running
`;

/** Where one instance with its agent lives, and the control plane that tells it what to run. */
export class AgentPlace {
  readonly said: string[] = [];
  private readonly ends: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly dir: string,
    readonly plane: Plane,
  ) {}

  /** @param rest of agent.yaml; what it says wins */
  static async open(dir: string, rest: Record<string, unknown> = {}): Promise<AgentPlace> {
    mkdirSync(dir);
    const plane = await Plane.open();
    const place = new AgentPlace(dir, plane);
    place.onEnd(() => plane.close());
    place.script('update.sh', UPDATE);
    place.script('health.sh', '#!/bin/sh\ncat running\n[ ! -e ill ]\n');
    place.write('running', JSON.stringify({ version: '1.0.0', config: '1' }));
    place.write('token', 'let-me-in\n');
    place.configure(rest);
    return place;
  }

  configure(rest: Record<string, unknown>): void {
    const file = {
      control_plane: { url: `http://127.0.0.1:${this.plane.port}` },
      registration_token_file: 'token',
      name: 'web-03',
      ip: '10.0.0.3',
      port: 8080,
      labels: { role: 'web' },
      state_dir: 'state',
      update: ['./update.sh'],
      health: {
        type: 'command',
        run: ['./health.sh'],
        interval: '50ms',
        code_version: 'version',
        configuration_version: 'config',
      },
      heartbeat: { interval: '50ms', jitter: '0%' },
      timeouts: { update: '20s', health: '20s' },
      ...rest,
    };
    // YAML holds JSON.
    this.write('agent.yaml', JSON.stringify(file));
  }

  file(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.file(name), text);
  }

  script(name: string, text: string): void {
    this.write(name, text);
    chmodSync(this.file(name), 0o755);
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** What update commands were told, a line each. */
  ledger(): string[] {
    return existsSync(this.file('ledger')) ? this.read('ledger').trim().split('\n') : [];
  }

  state(): { generation: number; task?: object; versions?: object } {
    return JSON.parse(this.read('state/agent.json')) as never;
  }

  /** An agent in this process; answers with what stops it. */
  async start(): Promise<() => Promise<void>> {
    const abort = new AbortController();
    const config = await readAgentFile(this.file('agent.yaml'));
    const running = runAgent(config, process.env, (text) => this.said.push(text), abort.signal);
    const stop = async () => {
      abort.abort();
      await running;
    };
    this.onEnd(stop);
    return stop;
  }

  /** An agent as a process of its own. */
  process(env: Record<string, string> = {}): ClientProcess {
    const client = startClient(['agent'], { cwd: this.dir, env });
    this.onEnd(async () => {
      client.child.kill('SIGKILL');
      await client.ended;
    });
    return client;
  }

  onEnd(end: () => Promise<unknown>): void {
    this.ends.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.ends.reverse()) await end();
  }
}
