// The map page: waits for session and catalogue, then lays out map, panels and table around the workbench.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, useState } from 'react';
import { followServer } from '../api/live';
import { catalogueQuery, sessionQuery } from '../api/queries';
import type { Catalogue, User } from '../api/types';
import { Drawer, type DrawerSize } from '../drawer/Drawer';
import { ChipBar } from '../filters/ChipBar';
import { useLocale } from '../i18n/useLocale';
import { Logo } from '../ui/Logo';
import { ProblemCard } from '../ui/ProblemCard';
import { PhonePage } from '../phone/PhonePage';
import { DraftProvider } from '../selection/draft';
import { LeftPanel, RightPanel } from './SidePanels';
import { Shortcuts } from './Shortcuts';
import { TopBar } from './TopBar';
import { useShortcuts } from './useShortcuts';
import { useWorkbenchState } from './useWorkbenchState';
import { WorkbenchContext } from './workbench';

const MapView = lazy(() => import('../map/MapView'));

/** Under this width both panels would leave the map no room; the left one starts closed. */
const NARROW_PX = 900;

function Desk({ catalogue, user }: { catalogue: Catalogue; user: User }) {
  const bench = useWorkbenchState(catalogue, user);
  const { t } = useLocale();
  const [drawer, setDrawer] = useState<DrawerSize>('closed');
  const [left, setLeft] = useState(() => innerWidth >= NARROW_PX);
  const [right, setRight] = useState(() => innerWidth >= NARROW_PX);
  const [help, setHelp] = useState(false);
  useShortcuts(bench, {
    toggleTable: () => setDrawer((size) => (size === 'closed' ? 'half' : 'closed')),
    toggleLeft: () => setLeft((on) => !on),
    toggleRight: () => setRight((on) => !on),
    showHelp: () => setHelp(true),
  });
  useEffect(followServer, []);
  // Choosing something with the panel closed opens it: else nothing would seem to happen.
  const [before, setBefore] = useState(bench.chosen);
  if (before !== bench.chosen) {
    setBefore(bench.chosen);
    if (bench.chosen) setRight(true);
  }

  const map = (
    <Suspense fallback={<div className="mapbox" aria-busy />}>
      <MapView />
    </Suspense>
  );
  return (
    <WorkbenchContext.Provider value={bench}>
      <DraftProvider>
        {bench.phone ? (
          <PhonePage map={map} onShortcuts={() => setHelp(true)} />
        ) : (
          <div className="app">
            <a className="btn skip" href="#map">
              {t('app.skip')}
            </a>
            <TopBar onShortcuts={() => setHelp(true)} />
            <main className={`work${left ? '' : ' no-left'}${right ? '' : ' no-right'}`}>
              <h1 className="sr-only">{t('app.map')}</h1>
              {left && <LeftPanel onClose={() => setLeft(false)} />}
              <div className={`middle drawer-${drawer}`}>
                <ChipBar />
                {map}
                <Drawer size={drawer} onSize={setDrawer} />
                {!left && <button type="button" className="reopen left" aria-label={t('panel.showLeft')} title={t('panel.showLeft')} onClick={() => setLeft(true)}>›</button>}
                {!right && <button type="button" className="reopen right" aria-label={t('panel.showRight')} title={t('panel.showRight')} onClick={() => setRight(true)}>‹</button>}
              </div>
              {right && <RightPanel onClose={() => setRight(false)} />}
            </main>
          </div>
        )}
        <Shortcuts open={help} onClose={() => setHelp(false)} />
      </DraftProvider>
    </WorkbenchContext.Provider>
  );
}

export function MapPage() {
  const session = useQuery(sessionQuery);
  const user = session.data?.user ?? null;
  const catalogue = useQuery({ ...catalogueQuery, enabled: user !== null });
  const navigate = useNavigate();
  const signedOut = session.data !== undefined && user === null;
  useEffect(() => {
    if (!signedOut) return;
    void navigate({ to: '/sign-in', search: { next: location.pathname + location.search }, replace: true });
  }, [signedOut, navigate]);

  if (user && catalogue.data) return <Desk catalogue={catalogue.data} user={user} />;
  const error = session.error ?? catalogue.error;
  return (
    <main className="lone" aria-busy={!error}>
      {error ? (
        <section className="lone-card">
          <Logo />
          <ProblemCard error={error} onRetry={() => void (session.error ? session.refetch() : catalogue.refetch())} />
        </section>
      ) : (
        <Logo />
      )}
    </main>
  );
}
