import { SEARCH_ATTRIBUTES } from '../../src/stack/search-attributes';
import { ATTRIBUTES } from '../../src/workflows/attributes';

it('upserts only search attributes that set-up registers', () => {
  expect(Object.values(ATTRIBUTES).map(({ name }) => name)).toEqual(SEARCH_ATTRIBUTES);
});
