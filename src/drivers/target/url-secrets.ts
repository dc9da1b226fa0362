/** A shorter part is a word, which would blot out half of the answer. */
const SHORTEST_PART = 8;
const SHORTEST_PATH = 4;

/**
 * What must not be seen of an address that variables make up: its path with what is asked, and each part of them that
 * may be a token, also as a receiver may repeat them. None of what the file itself says.
 * @param written as it is in the file
 * @param text as it is called
 */
export function urlSecrets(written: string, text: string): string[] {
  if (written === text || !URL.canParse(text)) return [];
  const { pathname, search, username, password } = new URL(text);
  const paths = [`${pathname}${search}`, pathname].filter((path) => path.length >= SHORTEST_PATH);
  const parts = [...`${pathname}${search}`.split(/[/?&=]/), username, password].filter(
    (part) => part.length >= SHORTEST_PART,
  );
  return [...paths, ...parts].flatMap(spellings);
}

function spellings(text: string): string[] {
  const plain = decoded(text);
  return [text, plain, encodeURIComponent(text), encodeURIComponent(plain), plain.replaceAll('+', ' ')];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
