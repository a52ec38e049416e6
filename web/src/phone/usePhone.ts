// Whether the window is a phone's: under 600 px the panels become one sheet.
import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 599px)');

export const usePhone = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
