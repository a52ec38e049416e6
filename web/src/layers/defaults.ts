// Which fill shows before anyone has chosen: a telling indicator at the finest level of the main
// hierarchy, else our own counts there.
import type { Catalogue, Indicator } from '../api/types';
import type { Figure, Fill } from '../url/mapSearch';

/** Indicators worth showing first, by a part of their name. */
const TELLING = ['property_value', 'woz', 'income', 'density', 'population'];

/** The newest year the indicator has at a level, if it has any figures there. */
export function newestYear(indicator: Indicator, level: string): number | null {
  const years = indicator.levels.filter((l) => l.level === level && l.figures > 0).map((l) => l.year);
  return years.length ? Math.max(...years) : null;
}

/** The figure at another level: an indicator moves to the newest year published there. */
export function figureAt(catalogue: Catalogue, figure: Figure, level: string): Figure | null {
  if (figure.of === 'cube') return figure;
  const indicator = catalogue.indicators.find((i) => i.indicator === figure.indicator);
  if (!indicator) return null;
  const sameYear = indicator.levels.some((l) => l.level === level && l.year === figure.year && l.figures > 0);
  const year = sameYear ? figure.year : newestYear(indicator, level);
  return year === null ? null : { ...figure, year };
}

export const OUR_COUNT: Figure = { of: 'cube', cube: 'accounts', measure: 'count' };

export function defaultFill(catalogue: Catalogue): Fill | null {
  const levels = [...catalogue.region_levels].sort((a, b) => b.depth - a.depth);
  const main = levels.filter((l) => l.hierarchy === 'admin');
  for (const { level } of main) {
    for (const part of TELLING) {
      const found = catalogue.indicators.find(
        (i) => i.indicator.toLowerCase().includes(part) && newestYear(i, level) !== null,
      );
      const year = found && newestYear(found, level);
      if (found && year) {
        return { kind: 'regions', level, figure: { of: 'indicator', indicator: found.indicator, year } };
      }
    }
  }
  const finest = main[0] ?? levels[0];
  return finest ? { kind: 'regions', level: finest.level, figure: OUR_COUNT } : null;
}

/** The next wider level of the same hierarchy that has regions. */
export function parentOf(catalogue: Catalogue, level: string): string | null {
  const own = catalogue.region_levels.find((l) => l.level === level);
  if (!own) return null;
  const wider = catalogue.region_levels.filter((l) => l.hierarchy === own.hierarchy && l.depth < own.depth);
  return wider.sort((a, b) => b.depth - a.depth)[0]?.level ?? null;
}

/** The next finer level of the same hierarchy that has regions. */
export function childOf(catalogue: Catalogue, level: string): string | null {
  const own = catalogue.region_levels.find((l) => l.level === level);
  if (!own) return null;
  const finer = catalogue.region_levels.filter((l) => l.hierarchy === own.hierarchy && l.depth > own.depth);
  return finer.sort((a, b) => a.depth - b.depth)[0]?.level ?? null;
}
