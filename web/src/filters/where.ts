// Which records a question is about: conditions, area and viewport, with parts left out where a figure
// asks "and without this?". Everything that counts accounts gets its `where` from here.
import type { Bbox, RegionLevel, Where } from '../api/types';
import type { Scope } from '../url/mapSearch';
import { toCql2 } from './cql2';
import { type Condition, type Definition, keyOf } from './model';

export type Region = { level: string; code: string };

/** The region the user drilled into: the deepest region level held to one code. */
export function drilledRegion(definition: Definition, levels: RegionLevel[]): Region | null {
  for (const { level } of [...levels].sort((a, b) => b.depth - a.depth)) {
    for (const condition of definition.conditions) {
      if (condition.kind !== 'values' || condition.property !== level) continue;
      const [code] = condition.values;
      if (condition.values.length === 1 && typeof code === 'string') return { level, code };
    }
  }
  return null;
}

export type Selection = {
  definition: Definition;
  /** Hash of the drawn area alone; the area then need not travel with every question. */
  areaHash: string | null;
  region: Region | null;
};

export type Parts = {
  /** Keys of conditions to leave out. */
  without?: string[];
  /** Leave out the drawn area and the drilled region. */
  withoutArea?: boolean;
  bbox?: Bbox | null;
};

export function whereOf(selection: Selection, parts: Parts = {}): Where {
  const dropped = new Set(parts.without);
  if (parts.withoutArea && selection.region) dropped.add(selection.region.level);
  const conditions = selection.definition.conditions.filter(
    (condition: Condition) => !dropped.has(keyOf(condition)),
  );
  const where: Where = {};
  const filter = toCql2(conditions);
  if (filter !== undefined) where.filter = filter;
  if (selection.areaHash && !parts.withoutArea) where.f = selection.areaHash;
  if (parts.bbox) where.bbox = parts.bbox;
  return where;
}

/** The records of the scope: what is selected, or what of it (area aside) lies in view. */
export function scopeParts(scope: Scope, bbox: Bbox | null): Parts {
  return scope === 'view' ? { withoutArea: true, bbox } : {};
}
