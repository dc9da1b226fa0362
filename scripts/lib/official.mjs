import { tarMember, zipMember } from './archive.mjs';

const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
const SYSTEMS = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** Takes a program from the place that Temporal's own SDKs take it from. It must answer soon, or another place is asked. */
export async function fromOfficial(tool, _work, env = process.env) {
  const platform = SYSTEMS[process.platform];
  const arch = ARCHITECTURES[process.arch];
  if (platform === undefined || arch === undefined)
    throw new Error(`nothing there for ${process.platform} ${process.arch}`);
  const format = platform === 'windows' ? 'zip' : 'tar.gz';
  const base = env.BELAY_TEMPORAL_DOWNLOAD || 'https://temporal.download';
  const query = new URLSearchParams({ arch, platform, format });
  const info = await json(`${base}/${tool.official}/v${tool.version}?${query}`);
  const archive = await bytes(info.archiveUrl);
  const wanted = (name) => name === info.fileToExtract || name === `./${info.fileToExtract}`;
  return format === 'zip' ? zipMember(archive, wanted) : tarMember(archive, wanted);
}

async function json(url) {
  return (await answer(url, AbortSignal.timeout(4_000))).json();
}

/** A big file may take its time, but the connection must stand and bytes must come. */
async function bytes(url) {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(new Error('no bytes for 15 s')), 15_000);
  const chunks = [];
  try {
    for await (const chunk of (await answer(url, stalled.signal)).body) {
      chunks.push(chunk);
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

async function answer(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    throw new Error(error.cause?.code ?? error.cause?.message ?? error.message);
  });
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response;
}
