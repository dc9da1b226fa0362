import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import type { Split } from '../../../src/domain/traffic';
import type { ServicePlace, TrafficDriver } from '../../../src/drivers/traffic/driver';
import { haproxyLines } from '../../../src/drivers/traffic/haproxy/lines';
import { keepsTheContract } from './contract';
import { faultOf, NEVER, NOWHERE, PLACE } from './fixtures';

/** What docs/traffic.md shows is so: its lines are those that are printed, and its driver is built and driven. */
const ROOT = path.join(__dirname, '../../..');
const page = readFileSync(path.join(ROOT, 'docs/traffic.md'), 'utf8');

/** The block after a comment, as it would stand in a file. */
function blockAfter(comment: string): string {
  const [, indent = '', text] =
    new RegExp(`( *)<!-- ${comment} -->\\n *\`\`\`\\w+\\n([^]*?)\\n *\`\`\``).exec(page) ?? [];
  if (text === undefined) throw new Error(`docs/traffic.md has no block after ${comment}`);
  return `${text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')}\n`;
}

const MAP = '/etc/haproxy/belay.map';

it.each([
  [
    'canary',
    haproxyLines(
      { map: MAP, backends: { stable: 'web_stable', canary: 'web_canary' } },
      'canary',
      { match: [{ kind: 'header', name: 'x-canary', value: '1' }], sticky: { kind: 'cookie', name: 'uid' } },
      PLACE,
    ),
  ],
  [
    'blue-green',
    haproxyLines({ map: MAP, backends: { blue: 'web_blue', green: 'web_green' } }, 'blue_green', NOWHERE, PLACE),
  ],
])('shows the lines of a %s as they are printed', (name, lines) => {
  expect(blockAfter(`lines: ${name}`)).toBe(lines);
});

describe('the driver of the guide', () => {
  interface EdgeSpec {
    kind: 'edge';
    url: string;
    drainTimeoutMs: number;
  }
  let EdgeTraffic: new (spec: EdgeSpec, place: ServicePlace) => TrafficDriver;
  let edge: Edge;
  const driver = () => new EdgeTraffic({ kind: 'edge', url: edge.url, drainTimeoutMs: 10_000 }, PLACE);

  beforeAll(async () => {
    EdgeTraffic = built(blockAfter('driver'))['EdgeTraffic'] as typeof EdgeTraffic;
    edge = await new Edge().start();
  });
  afterAll(() => edge.stop());

  keepsTheContract(() => ({
    driver: driver(),
    splits: [
      { stable: 75, canary: 25 },
      { stable: 100, canary: 0 },
    ],
    instance: { name: 'web-01', labels: {} },
    groups: ['stable', 'canary'],
  }));

  it('waits for what is under way, and faults on what the balancer doesn’t do', async () => {
    edge.underWay = 2;
    await driver().drain({ name: 'web-01', labels: {} }, NEVER);
    expect(edge.underWay).toBe(0);
    const instances = [{ name: 'web-09', labels: {}, groups: [] }];
    expect(await driver().refusal({ groups: [], instances, routing: NOWHERE }, NEVER)).toMatch(/answered with 404/);
    await driver().shift({ stable: 100, canary: 0 }, NOWHERE, NEVER);
    edge.stubborn = true;
    expect(await faultOf(driver().shift({ stable: 1, canary: 99 }, NOWHERE, NEVER))).toContain(
      'it has stable 100%, canary 0% after it was set to stable 1%, canary 99%',
    );
  });
});

/** Compiles a file of src/drivers/traffic as the project is compiled, and loads it. */
function built(source: string): Record<string, unknown> {
  const file = path.join(ROOT, 'src/drivers/traffic/edge.ts');
  const config = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (name) => readFileSync(name, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: false });
  const { readFile, fileExists } = host;
  host.readFile = (name) => (path.resolve(name) === file ? source : readFile(name));
  host.fileExists = (name) => path.resolve(name) === file || fileExists(name);
  let code = '';
  host.writeFile = (name, text) => (code = path.basename(name) === 'edge.js' ? text : code);
  const program = ts.createProgram([file], { ...options, noEmit: false, outDir: '/out' }, host);
  const problems = ts.getPreEmitDiagnostics(program);
  expect(ts.formatDiagnostics(problems, { ...host, getNewLine: () => '\n' })).toBe('');
  program.emit(program.getSourceFile(file));
  const exported: Record<string, unknown> = {};
  const near = (name: string): unknown =>
    jest.requireActual(name.startsWith('.') ? path.resolve(path.dirname(file), name) : name);
  const load = compileFunction(code, ['require', 'exports']) as (near: (name: string) => unknown, to: object) => void;
  load(near, exported);
  return exported;
}

/** A balancer with the API that the guide's driver talks to. */
class Edge {
  underWay = 0;
  stubborn = false;
  private split: Split = { stable: 100, canary: 0 };
  private readonly server: Server;

  constructor() {
    this.server = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (text) => (body += String(text)));
      incoming.on('end', () => {
        const told: unknown = this.answer(`${incoming.method} ${incoming.url}`, body);
        response.writeHead(told === undefined ? 404 : 200).end(JSON.stringify(told ?? 'unknown'));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(asked: string, body: string): unknown {
    switch (asked) {
      case 'GET /production/web/split':
        return this.split;
      case 'PUT /production/web/split':
        if (!this.stubborn) this.split = JSON.parse(body) as Split;
        return {};
      case 'GET /production/web/instances/web-01':
        if (this.underWay > 0) this.underWay--;
        return { requests: this.underWay };
      case 'PUT /production/web/instances/web-01':
      case 'PUT /production/web/testers':
        return {};
      default:
        return undefined;
    }
  }
}
