// The texts of the page in both languages, read from the catalogues themselves, so that a test can tell a
// Dutch screen from one with English left on it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../src/i18n');
const nodeRequire = createRequire(import.meta.url);

/** What a TypeScript module of constants exports. */
function load(name) {
  const source = readFileSync(join(FOLDER, `${name}.ts`), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } });
  const module = { exports: {} };
  const require = (path) => (path.startsWith('./') ? load(path.slice(2)) : nodeRequire(path));
  // oxlint-disable-next-line no-new-func -- our own source, compiled a line above
  new Function('module', 'exports', 'require', outputText)(module, module.exports, require);
  return module.exports;
}

function leaves(value, path = '') {
  return typeof value === 'string' ? [[path, value]] : Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

/** A text with its parameters standing for anything; enough fixed text is needed to recognise it by. */
function pattern(text) {
  const parts = text.split(/\{\{[^}]*\}\}/);
  if (parts.join('').replaceAll(/[^a-z]/gi, '').length < 4) return null;
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`);
}

/** Says of a text on the screen by which English entries, if any, it was made; texts alike in Dutch are none. */
export function englishIn() {
  const english = leaves(load('en').en);
  const dutch = new Map(leaves(load('nl').nl));
  const dutchTexts = new Set(dutch.values());
  const entries = english
    .filter(([path, text]) => dutch.get(path) !== text && !dutchTexts.has(text))
    .flatMap(([path, text]) => {
      const found = pattern(text);
      return found ? [{ path, found }] : [];
    });
  const isDutch = [...dutchTexts].flatMap((text) => pattern(text) ?? []);
  return (text) => (isDutch.some((one) => one.test(text)) ? [] : entries.filter(({ found }) => found.test(text)).map(({ path }) => `${path.slice(1)}: ${text}`));
}
