// The shape while it is being drawn. It changes with every movement of the pointer, so it has a context of
// its own: only what shows it is rendered again, not the whole page.
import { type ReactNode, createContext, useContext, useState } from 'react';
import type { AreaGeometry } from '../api/types';

type Draft = AreaGeometry | null;

const DraftContext = createContext<Draft>(null);
const SetDraftContext = createContext<(draft: Draft) => void>(() => undefined);

export function DraftProvider({ children }: { children: ReactNode }) {
  const [draft, setDraft] = useState<Draft>(null);
  return (
    <SetDraftContext.Provider value={setDraft}>
      <DraftContext.Provider value={draft}>{children}</DraftContext.Provider>
    </SetDraftContext.Provider>
  );
}

export const useDraft = () => useContext(DraftContext);
export const useSetDraft = () => useContext(SetDraftContext);
