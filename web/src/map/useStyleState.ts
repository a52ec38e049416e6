// Gathers what the look of the map depends on from the workbench and the answers behind it.
import latin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';
import latinExt from '@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2?url';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useRecordsVersion } from '../api/live';
import { accountQuery, objectQuery, regionQuery } from '../api/queries';
import { useTheme } from '../app/theme';
import { type Workbench, useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { parentOf } from '../layers/defaults';
import type { FillData } from '../layers/useFill';
import { circleRing } from './geometry';
import type { StyleState } from './style/state';

const fonts = {
  latin: new URL(latin, location.href).href,
  latinExt: new URL(latinExt, location.href).href,
};

/** Where the chosen thing is, so that its surroundings can be ringed. */
export function useChosenPlace({ chosen, mode }: Workbench) {
  const account = useQuery({
    ...accountQuery(chosen?.kind === 'account' ? chosen.id : ''),
    enabled: chosen?.kind === 'account',
  });
  if (chosen?.kind === 'place') {
    return { active: null, place: { lng: chosen.lng, lat: chosen.lat } };
  }
  if (chosen?.kind !== 'account' || !account.data?.place) return { active: null, place: null };
  const { place, name, status } = account.data;
  // While the pin is being moved, the pin itself stands for the record.
  const active = mode.name === 'movePin' ? null : { place, name, customer: status === 'customer' };
  return { active, place };
}

function useOutlined({ chosen }: Workbench): StyleState['outlined'] {
  const kind = chosen?.kind === 'road' ? 'roads' : 'buildings';
  const isObject = chosen?.kind === 'road' || chosen?.kind === 'building';
  const object = useQuery({ ...objectQuery(kind, isObject ? chosen.id : ''), enabled: isObject });
  return isObject ? (object.data?.geometry ?? null) : null;
}

export function useStyleState(fillData: FillData): StyleState {
  const bench = useWorkbench();
  const { catalogue, filter, layers, selection, radiusM } = bench;
  const theme = useTheme();
  const { locale } = useLocale();
  const recordsVersion = useRecordsVersion();
  const { active, place } = useChosenPlace(bench);
  const outlined = useOutlined(bench);
  const { region } = selection;
  const regionShape = useQuery({
    ...regionQuery(region?.level ?? '', region?.code ?? ''),
    enabled: region !== null,
  });

  const drawn = filter.definition.geometry;
  const regionGeometry = region && regionShape.data?.code === region.code ? regionShape.data.geometry : null;
  const geometry = drawn ?? regionGeometry;
  const area = useMemo(
    () => (geometry ? { geometry, dashed: drawn !== null && filter.shape === 'radius' } : null),
    [geometry, drawn, filter.shape],
  );
  const [lng, lat] = [place?.lng, place?.lat];
  const ring = useMemo<StyleState['ring']>(
    () =>
      lng === undefined || lat === undefined
        ? null
        : { type: 'Polygon', coordinates: [circleRing({ lng, lat }, radiusM)] },
    [lng, lat, radiusM],
  );
  const [name, customer] = [active?.name, active?.customer];
  const marked = useMemo(
    () =>
      name === undefined || lng === undefined || lat === undefined
        ? null
        : { place: { lng, lat }, name, customer: customer === true },
    [name, customer, lng, lat],
  );

  const { fill } = layers;
  const parentLevel = fill?.kind === 'regions' ? parentOf(catalogue, fill.level) : null;
  const flowRegion = region?.code ?? null;
  return useMemo<StyleState>(
    () => ({
      theme,
      fonts,
      numberLocale: locale === 'nl' ? 'nl-NL' : 'en-GB',
      accounts: layers.accounts,
      fill,
      parentLevel,
      fillReady: !fillData.loading,
      hexBreaks: fill?.kind === 'hexagons' ? fillData.classes.breaks : [],
      buildings: layers.buildings,
      roads: layers.roads,
      parks: layers.parks,
      flows: layers.flows ? { mode: layers.flows, region: flowRegion } : null,
      filterHash: filter.hash,
      recordsVersion,
      area,
      active: marked,
      outlined,
      ring,
    }),
    [theme, locale, layers, fill, parentLevel, fillData.loading, fillData.classes, flowRegion, filter.hash, recordsVersion, area, marked, outlined, ring],
  );
}
