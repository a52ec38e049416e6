// What surrounds a place: buildings by type, form and age, the road in front and to the main road, business
// parks, figures of its regions, flows, and the accounts near.
import { useQuery } from '@tanstack/react-query';
import { surroundingsQuery } from '../api/queries';
import type { Position, RegionRef, Surroundings as Answer } from '../api/types';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { BUILDING, CONDITION } from '../map/style/palette';
import { setHovered } from '../map/hover';
import { ProblemCard } from '../ui/ProblemCard';
import { Segmented } from '../ui/Segmented';
import { Skeleton } from '../ui/Skeleton';
import { OrganisationsOnly } from '../widgets/PersonsNote';
import { FigureList } from './FigureList';
import { ShareBar } from './ShareBar';

const RADII = ['100', '250', '500'];
const FLOWS_SHOWN = 5;

function RoadFacts({ answer }: { answer: Answer }) {
  const { choose } = useWorkbench();
  const { t, format, code } = useLocale();
  const { road, way_to_main_road: way, business_park: park } = answer;
  const condition = (value: number | null) => (value === null ? t('layers.notSurveyed') : t('around.condition', { value: format.count(value) }));
  return (
    <dl className="facts">
      <dt>{t('around.road')}</dt>
      <dd>
        {road ? (
          <button type="button" className="link" onClick={() => choose({ kind: 'road', id: road.id })}>
            {road.condition_class && CONDITION[road.condition_class] && (
              <i className="swatch little" style={{ background: CONDITION[road.condition_class]?.colour }} />
            )}{' '}
            {road.name ?? code('class', road.class)} · {condition(road.condition)}
          </button>
        ) : (
          '–'
        )}
      </dd>
      <dt>{t('around.wayToMain')}</dt>
      <dd>
        {way ? (
          <>
            {t('around.wayValue', { distance: format.distance(way.length_m), name: way.main_road ?? t('around.mainRoad') })}
            <br />
            <span className="muted">
              {condition(way.condition_mean)}
              {way.worst_condition !== null && ` · ${t('around.worst', { value: format.count(way.worst_condition) })}`}
            </span>
          </>
        ) : (
          '–'
        )}
      </dd>
      <dt>{t('around.park')}</dt>
      <dd>{park ? `${park.name ?? t('around.park')} · ${format.distance(park.distance_m)}` : <span className="muted">{t('around.noPark')}</span>}</dd>
    </dl>
  );
}

function Near({ answer }: { answer: Answer }) {
  const { choose } = useWorkbench();
  const { t, format } = useLocale();
  if (answer.accounts.nearest.length === 0) return null;
  return (
    <>
      <h3 className="sub">
        {t('around.nearest')} <span className="unit">{t('around.crow')}</span>
      </h3>
      <ul className="near">
        {answer.accounts.nearest.map((account) => (
          <li key={account.id}>
            <button
              type="button"
              onMouseEnter={() => setHovered({ id: account.id, place: null })}
              onMouseLeave={() => setHovered(null)}
              onClick={() => choose({ kind: 'account', id: account.id })}
            >
              <i className={`dot ${account.status}`} />
              <span className="clip grow strong">{account.name}</span>
              <span className="num">{format.distance(account.distance_m)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

const regionName = (region: RegionRef | string) => (typeof region === 'string' ? region : region.name);

function Flows({ answer }: { answer: Answer }) {
  const { t, format, code } = useLocale();
  const flows = [...answer.flows].sort((a, b) => b.persons - a.persons).slice(0, FLOWS_SHOWN);
  if (flows.length === 0) return null;
  const verb = { in: t('around.in'), out: t('around.out'), within: t('around.inside') };
  return (
    <>
      <h3 className="sub">
        {t('around.flows')} <span className="unit">{flows[0]?.year}</span>
      </h3>
      <ul className="plain-list">
        {flows.map((flow) => (
          <li key={`${flow.direction}${flow.mode}${regionName(flow.region)}`} className="row between small">
            <span className="clip">
              {code('mode', flow.mode)} {verb[flow.direction]} {regionName(flow.region)}
            </span>
            <span className="num">{t('around.persons', { count: Math.round(flow.persons), formatted: format.count(flow.persons) })}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function Surroundings({ place }: { place: Position }) {
  const { radiusM, setRadiusM } = useWorkbench();
  const { t, format } = useLocale();
  const around = useQuery(surroundingsQuery(place.lng, place.lat, radiusM));
  const answer = around.data;
  return (
    <section className={around.isFetching && answer ? 'widget stale' : 'widget'} data-testid="surroundings">
      <div className="widget-head">
        <h3>
          {t('around.title')} <span className="unit">{t('around.within')}</span>
        </h3>
        <Segmented
          label={t('around.within')}
          value={String(radiusM)}
          onChange={(value) => setRadiusM(Number(value))}
          options={RADII.map((value) => ({ value, label: format.distance(Number(value)) }))}
        />
      </div>
      {around.error && <ProblemCard error={around.error} onRetry={() => void around.refetch()} />}
      {!answer && !around.error && <Skeleton />}
      {answer && (
        <>
          <dl className="ratios">
            <div>
              <dt>{t('around.addresses')}</dt>
              <dd>{format.count(answer.within.addresses)}</dd>
            </div>
            <div>
              <dt>{t('around.dwellings')}</dt>
              <dd>{format.count(answer.within.dwellings)}</dd>
            </div>
            <div>
              <dt>{t('around.accounts')}</dt>
              <dd>{format.count(answer.accounts.count)}</dd>
            </div>
          </dl>
          <OrganisationsOnly when={answer.accounts.persons.told !== 'exact'} />
          <ShareBar title={t('around.housingType')} dimension="housing_type" parts={answer.within.housing_types} colours={BUILDING.housing_type} />
          <ShareBar title={t('around.form')} dimension="building_form" parts={answer.within.building_forms} colours={BUILDING.building_form} />
          <ShareBar title={t('around.use')} dimension="building_use" parts={answer.within.building_uses} colours={BUILDING.building_use} />
          <ShareBar title={t('around.age')} dimension="building_age_class" parts={answer.within.building_ages} colours={BUILDING.age_class} />
          {answer.within.addresses === 0 && <p className="small muted">{t('around.none')}</p>}
          <RoadFacts answer={answer} />
          <Near answer={answer} />
          <FigureList title={t('inspector.figures')} figures={answer.figures} regions={answer.regions} />
          <Flows answer={answer} />
        </>
      )}
    </section>
  );
}
