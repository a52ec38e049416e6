// The layers of the map, each with its legend. Switching a second fill layer on swaps the first off.
import {
  IconAdjustmentsHorizontal,
  IconArrowsRightLeft,
  IconBuilding,
  IconBuildingFactory2,
  IconHexagons,
  IconMap2,
  IconMapPin,
  IconRoad,
} from '@tabler/icons-react';
import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { cubeQuery } from '../api/queries';
import { useWorkbench } from '../app/workbench';
import { useLocale } from '../i18n/useLocale';
import { ZOOM_FROM } from '../map/style/palette';
import type { Fill } from '../url/mapSearch';
import { AccountsLegend } from './AccountsLegend';
import { BuildingsLegend } from './BuildingsLegend';
import { FillLegend } from './FillLegend';
import { FillSettings } from './FillSettings';
import { LayerCard } from './LayerCard';
import { LegendRow, Swatch } from './LegendRow';
import { RoadsLegend } from './RoadsLegend';
import { defaultFill } from './defaults';
import { figureInfo } from './useFill';
import { BASE } from '../map/style/palette';
import { useTheme } from '../app/theme';

const ICON = 16;

function FlowsLegend({ mode }: { mode: string }) {
  const { setLayers, catalogue } = useWorkbench();
  const { t, code } = useLocale();
  const modes = useQuery(cubeQuery('flows', { measures: ['count'], dimensions: ['mode'] }));
  const known = (modes.data?.rows ?? []).flatMap(({ keys }) => (typeof keys[0] === 'string' ? [keys[0]] : []));
  const source = catalogue.datasets.find((d) => (d.row_counts['flows'] ?? 0) > 0);
  return (
    <div className="layer-settings">
      <NativeSelect
        size="xs"
        aria-label={t('layers.mode')}
        data-testid="flows-mode"
        value={mode}
        data={['all', ...known].map((value) => ({ value, label: code('mode', value) }))}
        onChange={(event) => setLayers({ flows: event.currentTarget.value })}
      />
      <p className="source">
        {t('layers.flowsHint')}
        {source && ` ${source.source}, ${source.vintage}`}
      </p>
    </div>
  );
}

export function LayersPanel() {
  const { layers, setLayers, catalogue } = useWorkbench();
  const { t, label } = useLocale();
  const theme = useTheme();
  const { fill } = layers;
  // Going back to a fill layer finds it as it was left.
  const [left, setLeft] = useState<Fill | null>(null);
  const [settings, setSettings] = useState(false);
  const regionsFill = fill?.kind === 'regions' ? fill : (left ?? defaultFill(catalogue));
  const setFill = (next: Fill | null) => {
    if (fill?.kind === 'regions') setLeft(fill);
    setLayers({ fill: next });
  };
  const adjust = (
    <button type="button" className={settings ? 'ib on' : 'ib'} aria-pressed={settings} aria-label={t('layers.settings')} title={t('layers.settings')} data-testid="fill-settings" onClick={() => setSettings(!settings)}>
      <IconAdjustmentsHorizontal size={ICON} />
    </button>
  );
  const choropleth = fill?.kind === 'regions' ? fill : null;
  const hexagons = fill?.kind === 'hexagons' ? fill : null;
  const replaces = fill ? t('layers.replaces') : undefined;
  const counts = (kind: string) => catalogue.datasets.some((d) => (d.row_counts[kind] ?? 0) > 0);
  const hasFlows = counts('flows');
  const parksSource = catalogue.datasets.find((d) => (d.row_counts['areas'] ?? 0) > 0);

  return (
    <>
      <LayerCard id="accounts" icon={<IconMapPin size={ICON} />} name={t('layers.accounts')} on={layers.accounts} onToggle={(accounts) => setLayers({ accounts })}>
        <AccountsLegend />
      </LayerCard>
      {regionsFill && (
        <LayerCard
          id="regions"
          icon={<IconMap2 size={ICON} />}
          name={choropleth ? label(figureInfo(catalogue, choropleth.figure).labels) : t('layers.choropleth')}
          on={choropleth !== null}
          note={replaces}
          after={adjust}
          onToggle={(on) => setFill(on ? regionsFill : null)}
        >
          {choropleth && (
            <>
              <FillSettings fill={choropleth} open={settings} />
              <FillLegend fill={choropleth} />
            </>
          )}
        </LayerCard>
      )}
      <LayerCard
        id="hexagons"
        icon={<IconHexagons size={ICON} />}
        name={t('layers.hexagons')}
        on={hexagons !== null}
        note={replaces}
        onToggle={(on) => setFill(on ? { kind: 'hexagons', figure: { of: 'cube', cube: 'accounts', measure: 'count' } } : null)}
      >
        {hexagons && (
          <>
            <FillSettings fill={hexagons} open />
            <FillLegend fill={hexagons} />
          </>
        )}
      </LayerCard>
      <LayerCard
        id="roads"
        icon={<IconRoad size={ICON} />}
        name={t('layers.roads')}
        on={layers.roads}
        note={t('layers.fromZoom', { zoom: ZOOM_FROM.roads })}
        onToggle={(roads) => setLayers({ roads })}
      >
        <RoadsLegend />
      </LayerCard>
      <LayerCard
        id="buildings"
        icon={<IconBuilding size={ICON} />}
        name={t('layers.buildings')}
        on={layers.buildings !== null}
        note={t('layers.fromZoom', { zoom: ZOOM_FROM.buildings })}
        onToggle={(on) => setLayers({ buildings: on ? 'housing_type' : null })}
      >
        {layers.buildings && <BuildingsLegend by={layers.buildings} />}
      </LayerCard>
      <LayerCard id="parks" icon={<IconBuildingFactory2 size={ICON} />} name={t('layers.parks')} on={layers.parks} onToggle={(parks) => setLayers({ parks })}>
        <ul className="legend">
          <LegendRow swatch={<Swatch colour={BASE[theme].businessPark} />} name={t('layers.parks')} count="" />
        </ul>
        <p className="source">
          {t('layers.parksHint')}
          {parksSource && ` ${parksSource.source}, ${parksSource.vintage}`}
        </p>
      </LayerCard>
      {hasFlows && (
        <LayerCard id="flows" icon={<IconArrowsRightLeft size={ICON} />} name={t('layers.flows')} on={layers.flows !== null} onToggle={(on) => setLayers({ flows: on ? 'all' : null })}>
          {layers.flows && <FlowsLegend mode={layers.flows} />}
        </LayerCard>
      )}
    </>
  );
}
