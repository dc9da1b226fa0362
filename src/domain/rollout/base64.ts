// The workflow sandbox has neither Buffer nor a promise of atob, so the few lines are here.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = [bytes[at] ?? 0, bytes[at + 1], bytes[at + 2]];
    const digits = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    const used = Math.min(bytes.length - at, 3) + 1;
    for (let i = 0; i < 4; i++) text += i < used ? ALPHABET.charAt(digits[i] ?? 0) : '=';
  }
  return text;
}

/** The bytes of a standard base64 text; characters outside the alphabet end it. */
export function fromBase64(text: string): Uint8Array {
  const end = text.indexOf('=');
  const digits = end < 0 ? text.length : end;
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    held = ((held << 6) | ALPHABET.indexOf(text.charAt(i))) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}
