// Rows × columns of what is in view or selected, with the totals the server computed.
import { IconTable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { pivotQuery, regionsQuery } from '../api/queries';
import type { PivotAnswer, PivotKey } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { Empty } from '../ui/Empty';
import { ProblemCard } from '../ui/ProblemCard';
import { Skeleton } from '../ui/Skeleton';
import { PersonsNote } from '../widgets/PersonsNote';
import { type Compare, FIRST_CHOICE, type PivotChoice, comparisonOf, comparisons, type Figure, pivotDimensions, pivotFigures, pivotOf, toldChoice } from './pivot';

type Option = { value: string; label: string };

type ChoiceProps = { name: string; label: string; value: string; options: Option[]; onChange: (value: string) => void };

function Choice({ name, label, value, options, onChange }: ChoiceProps) {
  return (
    <label className="pivot-choice">
      <span className="small muted">{label}</span>
      <select className="input" data-testid={`pivot-${name}`} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Name of a member: a region by its name, a code by its text. */
function useMemberName(dimension: string | null): (key: PivotKey | undefined) => string {
  const { catalogue } = useWorkbench();
  const { t, code } = useLocale();
  const level = catalogue.region_levels.find((l) => l.level === dimension)?.level;
  const regions = useQuery({ ...regionsQuery(level ?? ''), enabled: level !== undefined });
  return (key) => {
    if (key !== null && typeof key === 'object') return t('pivot.other');
    if (dimension === 'owner') return catalogue.users.find((user) => user.id === key)?.name ?? code(dimension, key ?? null);
    if (level) return regions.data?.regions.find((region) => region.code === key)?.name ?? code(level, key ?? null);
    return code(dimension ?? '', key ?? null);
  };
}

interface TableProps {
  answer: PivotAnswer;
  choice: PivotChoice;
  shown: Figure;
  /** What the rows are. */
  title: string;
}

/** A figure as text; `short` where whole amounts would not fit. */
function useFigure({ unit, perDwellings }: Figure, short = false): (value: number | null | undefined) => string {
  const { format } = useLocale();
  return (value) => {
    if (value === null || value === undefined) return '–';
    const scaled = value * (perDwellings ?? 1);
    if (unit === 'records') return perDwellings === null ? format.count(scaled) : format.decimal(scaled);
    return short && unit === 'EUR_cents' ? format.moneyShort(scaled) : format.withUnit(scaled, unit);
  };
}

function PivotTable({ answer, choice, shown, title }: TableProps) {
  const { t } = useLocale();
  const rowName = useMemberName(choice.row);
  const columnName = useMemberName(choice.column);
  const figure = useFigure(shown);
  const columns = answer.columns
    .map((line, index) => ({ ...line, index, id: JSON.stringify(line.keys) }))
    .filter((line) => line.keys.length > 0);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
    <section className="pivot-scroll" tabIndex={0} aria-label={t('panel.pivot')}>
      <table className="pivot totals" data-testid="pivot">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            {columns.map((line) => (
              <th key={line.id} scope="col">
                {columnName(line.keys[0])}
              </th>
            ))}
            <th scope="col">{t('pivot.total')}</th>
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((line, row) => (
            <tr key={JSON.stringify(line.keys)}>
              <th scope="row">{rowName(line.keys[0])}</th>
              {columns.map(({ id, index }) => (
                <td key={id}>{figure(answer.cells[row]?.[index]?.[0])}</td>
              ))}
              <td className="strong">{figure(line.total[0])}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('pivot.total')}</th>
            {columns.map((line) => (
              <td key={line.id}>{figure(line.total[0])}</td>
            ))}
            <td className="strong" data-testid="pivot-total">
              {figure(answer.total[0])}
            </td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

/** Periods with the figure of an earlier one beside each. */
function ComparisonTable({ answer, choice, shown, title }: TableProps) {
  const { t, format } = useLocale();
  const rowName = useMemberName(choice.row);
  const figure = useFigure(shown, true);
  const periods = answer.rows.filter(({ keys }) => keys[0] !== null);
  const signed = (value: number | null | undefined, text: (value: number) => string) =>
    value === null || value === undefined ? '–' : value > 0 ? `+${text(value)}` : text(value);
  if (periods.length === 0) return <Empty icon={<IconTable size={18} />} title={t('pivot.noPeriods')} text={t('pivot.noPeriodsText')} />;
  const earlier = choice.compare === 'year' ? t('pivot.yearBefore') : t('pivot.periodBefore');
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
    <section className="pivot-scroll" tabIndex={0} aria-label={t('panel.pivot')}>
      <table className="pivot periods" data-testid="comparison">
        <thead>
          <tr>
            {[title, t('pivot.figure'), earlier, t('pivot.change'), '%'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {periods.map(({ keys, total: [now, before, change, growth] }) => (
            <tr key={String(keys[0])}>
              <th scope="row">{rowName(keys[0])}</th>
              <td className="strong">{figure(now)}</td>
              <td>{figure(before)}</td>
              <td>{signed(change, figure)}</td>
              <td>{signed(growth, format.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function PivotPanel() {
  const { catalogue, selection, parts, filter, scope, viewport } = useWorkbench();
  const { t, label } = useLocale();
  const [chosen, setChoice] = useState<PivotChoice>(FIRST_CHOICE);
  const cube = catalogue.cubes.find(({ name }) => name === 'accounts');
  const compares = cube ? comparisons(cube, chosen.row) : [];
  const step = chosen.compare !== 'none' && compares.includes(chosen.compare) ? chosen.compare : null;
  // Periods that are compared have no columns.
  const shaped = step ? { ...chosen, column: null } : chosen;
  const choice = cube ? toldChoice(cube, shaped) : shaped;
  const asked = step ? comparisonOf(choice, step, selection, parts) : pivotOf(choice, selection, parts);
  const answer = useQuery({
    ...pivotQuery('accounts', asked),
    enabled: !filter.loading && (scope !== 'view' || viewport !== null),
  });
  if (!cube) return null;
  const dimensions = pivotDimensions(cube).map(({ name, labels }) => ({ value: name, label: label(labels) }));
  const title = dimensions.find(({ value }) => value === choice.row)?.label ?? t('pivot.rows');
  const figures = pivotFigures(cube, choice);
  const named = ({ labels, perDwellings }: Figure) =>
    perDwellings === null ? label(labels) : t('pivot.perThousandDwellings', { figure: label(labels) });
  const measures = figures.map((figure) => ({ value: figure.name, label: named(figure) }));
  const shown = figures.find(({ name }) => name === choice.measure);
  if (!shown) return null;
  const choose = (part: Partial<PivotChoice>) => setChoice({ ...chosen, ...part });
  return (
    <div className={answer.isFetching ? 'widgets stale' : 'widgets'} aria-busy={answer.isFetching}>
      <section className="widget pivot-choices">
        <Choice name="rows" label={t('pivot.rows')} value={choice.row} options={dimensions} onChange={(row) => choose({ row })} />
        {step ? null : (
          <Choice
            name="columns"
            label={t('pivot.columns')}
            value={choice.column ?? ''}
            options={[{ value: '', label: t('pivot.none') }, ...dimensions]}
            onChange={(column) => choose({ column: column || null })}
          />
        )}
        {compares.length > 0 && (
          <Choice
            name="compare"
            label={t('pivot.compare')}
            value={step ?? 'none'}
            options={compares.map((value) => ({ value, label: t(`pivot.compareWith.${value}`) }))}
            onChange={(value) => choose({ compare: value as Compare })}
          />
        )}
        <Choice name="figure" label={t('pivot.figure')} value={choice.measure} options={measures} onChange={(measure) => choose({ measure })} />
      </section>
      {answer.error ? (
        <div className="pad">
          <ProblemCard error={answer.error} onRetry={() => void answer.refetch()} />
        </div>
      ) : !answer.data ? (
        <Skeleton />
      ) : answer.data.matched === 0 ? (
        <Empty icon={<IconTable size={18} />} title={t('widgets.emptyTitle')} text={t('widgets.emptyView')} />
      ) : (
        <>
          <PersonsNote persons={answer.data.persons} />
          {step ? (
            <ComparisonTable answer={answer.data} choice={choice} shown={shown} title={title} />
          ) : (
            <PivotTable answer={answer.data} choice={choice} shown={shown} title={title} />
          )}
        </>
      )}
    </div>
  );
}
