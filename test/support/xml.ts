/** An element of an XML document. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** What stands directly in it. */
  text: string;
}

const TOKEN = /<\?xml[^>]*\?>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([\w:.-]+)="([^"<]*)"/g;
const ENTITY = /&(?:(amp|lt|gt|quot|apos);)?/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** https://www.w3.org/TR/xml/#charsets */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Reads a document as strictly as a browser reads SVG: what isn't well formed is an error. */
export function parseXml(document: string): XmlElement {
  if (!CHARACTERS.test(document)) throw new Error('a character that XML has no place for');
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = 0;
  for (let end = 0; end < document.length; end = TOKEN.lastIndex) {
    const token = TOKEN.exec(document);
    if (token === null) throw new Error(`no XML at ${end}: ${document.slice(end, end + 60)}`);
    const [, closes, name, attributes = '', empty, text] = token;
    const inside = open.at(-1)!;
    if (text !== undefined) inside.text += decoded(text);
    else if (name === undefined) continue;
    else if (closes === '/') {
      if (open.pop()!.name !== name) throw new Error(`</${name}> closes <${inside.name}>`);
    } else {
      const element: XmlElement = { name, attributes: attributesOf(attributes), children: [], text: '' };
      inside.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  const [element, ...more] = root.children;
  if (open.length > 1 || element === undefined || more.length > 0) throw new Error('not one whole element');
  return element;
}

/** All of that name in it, in their order; an empty name is any. */
export function elementsOf(element: XmlElement, name = ''): XmlElement[] {
  const below = element.children.flatMap((child) => elementsOf(child, name));
  return name === '' || element.name === name ? [element, ...below] : below;
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    if (name in found) throw new Error(`${name} twice`);
    found[name] = decoded(value);
  }
  return found;
}

function decoded(text: string): string {
  return text.replaceAll(ENTITY, (_, name?: string) => {
    if (name === undefined) throw new Error(`a bare & in ${text}`);
    return ENTITIES[name]!;
  });
}
