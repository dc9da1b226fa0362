/**
 * The example service: one process per instance, which serves the release in the folder it is given.
 * Plain Node, no dependencies. usage: service.mjs RELEASE_FOLDER INSTANCE HOST:PORT
 * Prometheus may ask for /metrics; SERVICE in the environment is what the service is called there (web).
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Metrics } from './metrics.mjs';

const [folder, instance, address] = process.argv.slice(2);
const [host, port] = [address.slice(0, address.lastIndexOf(':')), Number(address.slice(address.lastIndexOf(':') + 1))];
const app = await import(pathToFileURL(path.join(folder, 'app.mjs')).href);
const { version: config, ...configuration } = JSON.parse(readFileSync(path.join(folder, 'configuration.json'), 'utf8'));
const metrics = new Metrics({ service: process.env.SERVICE || 'web', version: app.version });

const server = createServer((request, response) => {
  // A connection per request: whoever asks next is sent wherever Belay says, not here out of habit.
  response.setHeader('connection', 'close');
  const { pathname } = new URL(request.url, 'http://localhost');
  const faults = app.faults(configuration);
  if (pathname === '/health') {
    const health = { instance, version: app.version, config, status: faults.length === 0 ? 'ok' : 'failing', faults };
    response.writeHead(faults.length === 0 ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(health)}\n`);
  } else if (pathname === '/metrics') {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(metrics.text());
  } else if (pathname === '/') {
    void visit(faults, response);
  } else {
    response.writeHead(404).end();
  }
});

/** What a visitor gets, counted and timed. */
async function visit(faults, response) {
  const begun = performance.now();
  const status = faults.length === 0 ? 200 : 500;
  const text = status === 200 ? await app.page(configuration, instance) : `${faults.join('\n')}\n`;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  metrics.observe(status, (performance.now() - begun) / 1_000);
}

// The one before may not have let go of the port yet.
let patience = 50;
server.on('error', (error) => {
  if (error.code !== 'EADDRINUSE' || patience-- === 0) throw error;
  setTimeout(() => server.listen(port, host), 100);
});
server.listen(port, host, () =>
  console.log(`${new Date().toISOString()} ${instance} serves ${app.version} on ${address}`),
);

// Requests in flight are answered first.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.close(() => process.exit(0)));
