// Where the page starts: styles, texts, then the application.
import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.layer.css';
import 'maplibre-gl/dist/maplibre-gl.css';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { startI18n } from './i18n';

startI18n();
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
