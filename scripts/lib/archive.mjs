import { gunzipSync, inflateRawSync } from 'node:zlib';

/** The content of the first member of a zip (a wheel is one) that `wanted` accepts by name. */
export function zipMember(zip, wanted) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a zip file, or only a part of one');
  const entries = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < entries; index++) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error('a damaged zip file');
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (wanted(name)) return zipContent(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error('the zip file lacks the member looked for');
}

function zipContent(zip, entry) {
  const method = zip.readUInt16LE(entry + 10);
  const size = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(start, start + size);
  if (method === 0) return bytes;
  if (method === 8) return inflateRawSync(bytes);
  throw new Error(`the zip file is compressed in an unknown way (${method})`);
}

/** The content of the first regular file of a .tar.gz that `wanted` accepts by name. */
export function tarMember(archive, wanted) {
  const tar = gunzipSync(archive);
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const name = text(tar, at, 100);
    const size = parseInt(text(tar, at + 124, 12), 8) || 0;
    const regular = tar[at + 156] === 0x30 || tar[at + 156] === 0;
    if (regular && wanted(name)) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error('the archive lacks the member looked for');
}

function text(buffer, at, length) {
  return buffer
    .toString('utf8', at, at + length)
    .replace(/\0.*$/s, '')
    .trim();
}
