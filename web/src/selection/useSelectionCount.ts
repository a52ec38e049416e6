// The number of records selected: from the same batch as the figures, so that it cannot differ from them.
import { useFigures } from '../widgets/useFigures';

export function useSelectionCount(): number | null {
  const { figures } = useFigures();
  return figures?.selected ?? null;
}
