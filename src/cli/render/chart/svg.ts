/** A piece of SVG: markup, not text. */
export type Markup = string;

type Attributes = Record<string, string | number>;

/** An element with what is in it. */
export function element(name: string, attributes: Attributes, ...inside: Markup[]): Markup {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(typeof value === 'number' ? String(tenth(value)) : value)}"`,
  );
  const head = `${name}${written.join('')}`;
  return inside.length === 0 ? `<${head}/>` : `<${head}>${inside.join('')}</${name}>`;
}

/** A text at a place. */
export function textAt(x: number, y: number, text: string, attributes: Attributes = {}): Markup {
  return element('text', { x, y, ...attributes }, escaped(text));
}

/** A line through places, with a gap wherever there is none. */
export function path(places: readonly ([number, number] | undefined)[]): string {
  let pen: 'M' | 'L' = 'M';
  let drawn = '';
  for (const place of places) {
    if (place === undefined) {
      pen = 'M';
      continue;
    }
    drawn += `${pen}${tenth(place[0])} ${tenth(place[1])}`;
    pen = 'L';
  }
  return drawn;
}

/** Text as it may stand in a document, without characters that XML has no place for. */
export function escaped(text: string): string {
  return text
    .replaceAll(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '\ufffd',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A tenth of a pixel is enough. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
