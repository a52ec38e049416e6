// The types must be those of the server's document as it stands beside them; `npm run gen` renews them.
// (That the document is the server's is a test of the binary.)
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';
import document from '../../openapi.json?raw';

const raw = import.meta.glob<string>('./openapi.ts', { query: '?raw', import: 'default', eager: true });
const written = raw['./openapi.ts'] ?? '';

/** Without the banner, which only the command writes. */
const withoutBanner = (text: string) => text.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '');

it('has the types of the present document', async () => {
  const fresh = astToString(await openapiTS(document));
  expect(withoutBanner(written)).toBe(fresh);
});

it('would see a document that has moved on', async () => {
  const changed = document.replace('"operationId": "accounts_show"', '"operationId": "accounts_see"');
  expect(withoutBanner(written)).not.toBe(astToString(await openapiTS(changed)));
});

it('has every operation under a name of its own', () => {
  const names = [...document.matchAll(/"operationId": "(\w+)"/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(new Set(names).size).toBe(names.length);
});
