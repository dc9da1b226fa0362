import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTokens, type TokenRole } from '../../src/control/tokens';
import type { Belay } from './belay';
import { startClient, type ClientProcess } from './client-process';

/** `belay api` as a process of its own, and tokens for it. */
export class ApiProcess {
  private constructor(
    private readonly belay: Belay,
    private readonly cwd: string,
    private process: ClientProcess,
    readonly url: string,
  ) {}

  /** On a free port unless one is given; `yaml` is what its belay.yaml says beside that. */
  static async start(belay: Belay, cwd: string, { port = 0, yaml = '' } = {}): Promise<ApiProcess> {
    const config = join(cwd, 'belay.yaml');
    writeFileSync(config, `listen: { port: ${port} }\n${yaml}`);
    const run = startClient(['api', '--config', config], { cwd, env: belay.environment });
    let said = '';
    run.child.stderr!.on('data', (text: string) => (said += text));
    await run.wrote('Ctrl-C stops it');
    return new ApiProcess(belay, cwd, run, /The API is at (\S+),/.exec(said)?.[1] ?? '');
  }

  /** What a command line needs to go through it, under a token of that name. */
  async environment(name: string, role: TokenRole = 'admin', within = {}): Promise<Record<string, string>> {
    const { secret } = await createTokens(this.belay.store).create({ name, role, by: 'the test', ...within });
    return { BELAY_API_URL: this.url, BELAY_API_TOKEN: secret, BELAY_STATE_DIR: `${this.cwd}/nowhere` };
  }

  /** Ends it as a crash would, and starts it again in the same place. */
  async restart(whileAway: () => Promise<void> = async () => {}): Promise<void> {
    await this.stop();
    await whileAway();
    const port = Number(new URL(this.url).port);
    this.process = (await ApiProcess.start(this.belay, this.cwd, { port })).process;
  }

  async stop(): Promise<void> {
    this.process.child.kill('SIGKILL');
    await this.process.ended;
  }
}
