// A filter for every dimension of the accounts cube, as the catalogue declares it: lists with counts,
// numbers with bounds, days. A section asks for its values when it is opened.
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Cube, Dimension } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { DateFilter } from './DateFilter';
import { NumberFilter } from './NumberFilter';
import { ValuesFilter } from './ValuesFilter';
import { propertyName } from './conditionText';
import { conditionOn } from './model';

type Section = { property: string; kind: 'values' | 'number' | 'dates'; group: 'record' | 'place' | 'region' };

const RECORD = new Set(['status', 'kind', 'category', 'territory', 'owner', 'place_state', 'revenue_cents', 'revenue_band', 'customer_since_on', 'customer_since_year', 'last_contact_on', 'last_contact_month', 'last_contact_quarter']);
const GROUPS = ['record', 'place', 'region'] as const;

function groupOf(dimension: Dimension): Section['group'] {
  if (dimension.kind === 'region') return 'region';
  return RECORD.has(dimension.name) ? 'record' : 'place';
}

/** One section a dimension, then the numbers that are no dimension. */
function sectionsOf(cube: Cube, levels: Set<string>): Section[] {
  const dimensions = cube.dimensions
    .filter((d) => d.kind !== 'h3' && (d.kind !== 'region' || levels.has(d.name)))
    .map((d): Section => {
      const kind = d.type === 'int' ? 'number' : d.type === 'date' ? 'dates' : 'values';
      return { property: d.name, kind, group: groupOf(d) };
    });
  const named = new Set(cube.dimensions.map((d) => d.name));
  const numbers = cube.properties
    .filter((p) => p.type === 'int' && !named.has(p.name) && !['customers', 'prospects'].includes(p.name))
    .map((p): Section => ({ property: p.name, kind: 'number', group: RECORD.has(p.name) ? 'record' : 'place' }));
  return [...dimensions, ...numbers];
}

function FilterSection({ section }: { section: Section }) {
  const { catalogue, filter } = useWorkbench();
  const words = useLocale();
  const active = conditionOn(filter.definition, section.property) !== undefined;
  const [open, setOpen] = useState(active);
  const shown = open || active;
  const name = propertyName(section.property, catalogue, words);
  return (
    <section className="filter-section" data-testid={`filter-${section.property}`}>
      <button type="button" className="filter-head" aria-expanded={shown} onClick={() => setOpen(!shown)}>
        <IconChevronRight size={14} className={shown ? 'turned' : ''} />
        <span className="grow clip">{name}</span>
        {active && <i className="active-mark" />}
      </button>
      {shown && section.kind === 'values' && <ValuesFilter property={section.property} name={name} />}
      {shown && section.kind === 'number' && <NumberFilter property={section.property} />}
      {shown && section.kind === 'dates' && <DateFilter property={section.property} />}
    </section>
  );
}

export function FiltersPanel() {
  const { catalogue, filter } = useWorkbench();
  const { t } = useLocale();
  const cube = catalogue.cubes.find((c) => c.name === 'accounts');
  if (!cube) return null;
  const levels = new Set(catalogue.region_levels.map((l) => l.level));
  const sections = sectionsOf(cube, levels);
  return (
    <>
      <div className="filters-top">
        {filter.hash ? (
          <button type="button" className="btn tight" onClick={filter.clear} data-testid="filters-clear">
            {t('filters.clear')}
          </button>
        ) : (
          <p className="small muted">{t('filters.none')}</p>
        )}
      </div>
      {GROUPS.map((group) => (
        <div key={group}>
          <h3 className="filter-group">{t(`filters.group.${group}`)}</h3>
          {sections
            .filter((section) => section.group === group)
            .map((section) => (
              <FilterSection key={section.property} section={section} />
            ))}
        </div>
      ))}
    </>
  );
}
