// Both languages say everything, with the same blanks to fill in. That no key is missing is the type
// check's work; here it is the content.
import { describe, expect, it } from 'vitest';
import { codeLabel } from './codes';
import { en } from './en';
import { nl } from './nl';

function leaves(texts: object, path = ''): [path: string, text: string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : leaves(value as object, `${path}${key}.`),
  );
}

const blanks = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

const english = new Map(leaves(en));
const dutch = new Map(leaves(nl));

/** Words that are the same in both languages. */
const SAME = /^(codes|app\.(english|dutch|name)|exports\.(geojson|gpkg|sha)|tools\.(lasso|hint)|selection\.inRegion|panel\.(filters|widgets)|format)/;

describe('texts', () => {
  it('have the same keys in both languages', () => {
    expect([...dutch.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('are never empty and leave the same blanks', () => {
    for (const [key, text] of english) {
      const other = dutch.get(key) ?? '';
      expect(other.trim(), key).not.toBe('');
      expect(blanks(other), key).toEqual(blanks(text));
    }
  });

  it('come in singular and plural together', () => {
    for (const key of english.keys()) {
      if (key.endsWith('_one')) expect(english.has(key.replace(/_one$/, '_other')), key).toBe(true);
    }
  });

  it('are translated: long texts differ', () => {
    const untranslated = [...english].filter(([key, text]) => text.length > 24 && !SAME.test(key) && dutch.get(key) === text);
    expect(untranslated).toEqual([]);
  });
});

describe('names of codes', () => {
  const t = ((key: string) => key) as never;

  it('are found through the list their dimension shares', () => {
    expect(codeLabel(t, 'nl', 'building_age_class', 'from_2000')).toBe('2000 en later');
    expect(codeLabel(t, 'en', 'road_condition_class', 'bad')).toBe('Bad');
    expect(codeLabel(t, 'nl', 'category', 'shop=bakery')).toBe('Bakkerij');
  });

  it('fall back to plain words', () => {
    expect(codeLabel(t, 'en', 'category', 'shop=sewing_machines')).toBe('Sewing machines');
    expect(codeLabel(t, 'en', 'city', "'s-Hertogenbosch")).toBe("'s-Hertogenbosch");
    expect(codeLabel(t, 'en', 'city', null)).toBe('filters.missing');
  });
});
