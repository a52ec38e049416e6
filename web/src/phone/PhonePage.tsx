// The page on a phone: the whole screen is map; search floats on top, everything else is in one sheet with
// three stops.
import { useState, type ReactNode } from 'react';
import { useWorkbench } from '../app/workbench';
import { Drawer } from '../drawer/Drawer';
import { ChipBar } from '../filters/ChipBar';
import { FiltersPanel } from '../filters/FiltersPanel';
import { useLocale } from '../i18n/useLocale';
import { Inspector } from '../inspector/Inspector';
import { LayersPanel } from '../layers/LayersPanel';
import { SearchBox } from '../search/SearchBox';
import { SelectionBar } from '../selection/SelectionBar';
import { LanguageSwitch, ThemeSwitch } from '../session/Preferences';
import { UserMenu } from '../session/UserMenu';
import { WidgetsPanel } from '../widgets/WidgetsPanel';
import { Tabs } from '../ui/Tabs';
import { Sheet, type Stop } from './Sheet';

type Tab = 'overview' | 'list' | 'layers' | 'filters' | 'details';

export function PhonePage({ map, onShortcuts }: { map: ReactNode; onShortcuts: () => void }) {
  const { user, chosen, filter, mode } = useWorkbench();
  const { t } = useLocale();
  const [stop, setStop] = useState<Stop>('half');
  const [tab, setTab] = useState<Tab>('overview');
  // Choosing something shows it; drawing needs the map, so the sheet makes room.
  const [before, setBefore] = useState({ chosen, mode: mode.name });
  if (before.chosen !== chosen || before.mode !== mode.name) {
    setBefore({ chosen, mode: mode.name });
    if (before.chosen !== chosen && chosen) {
      setTab('details');
      if (stop === 'low') setStop('half');
    }
    if (before.mode !== mode.name && mode.name !== 'select') setStop('low');
  }

  const tabs = [
    { value: 'overview' as const, label: t('panel.overview') },
    { value: 'list' as const, label: t('panel.list') },
    { value: 'layers' as const, label: t('panel.layers') },
    { value: 'filters' as const, label: t('panel.filters'), badge: filter.definition.conditions.length },
    ...(chosen ? [{ value: 'details' as const, label: t('panel.inspector') }] : []),
  ];
  const shown: Tab = tab === 'details' && !chosen ? 'overview' : tab;
  return (
    <div className="phone">
      <main className="phone-map">
        <h1 className="sr-only">{t('app.map')}</h1>
        {map}
      </main>
      <header className="phone-top">
        <div className="phone-search">
          <SearchBox />
          <UserMenu user={user} onShortcuts={onShortcuts} />
        </div>
        {filter.hash && <ChipBar />}
      </header>
      <SelectionBar />
      <Sheet stop={stop} onStop={setStop}>
        <Tabs<Tab> label={t('panel.sheet')} value={shown} onChange={setTab} tabs={tabs}>
          {shown === 'overview' && <WidgetsPanel />}
          {shown === 'list' && <Drawer size="full" onSize={() => setStop('full')} phone />}
          {shown === 'layers' && (
            <>
              <LayersPanel />
              <div className="row pad">
                <LanguageSwitch />
                <ThemeSwitch />
              </div>
            </>
          )}
          {shown === 'filters' && <FiltersPanel />}
          {shown === 'details' && <Inspector />}
        </Tabs>
      </Sheet>
    </div>
  );
}
