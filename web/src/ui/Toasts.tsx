// Draws the messages of toast.ts, bottom left, each with its one action.
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { dismissToast, useToasts } from './toast';

export function Toasts() {
  const toasts = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`}>
          {toast.tone === 'bad' ? <IconAlertTriangle size={16} /> : <IconCheck size={16} />}
          <span className="grow">{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              onClick={() => {
                toast.action?.run();
                dismissToast(toast.id);
              }}
            >
              {toast.action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
