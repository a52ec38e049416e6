// The providers around every page: texts, server data, theme and toasts.
import { MantineProvider, createTheme } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { queryClient } from '../api/queries';
import { Toasts } from '../ui/Toasts';
import { router } from './router';
import { testMode } from './testMode';
import { useTheme } from './theme';

const mantine = createTheme({
  fontFamily: 'var(--font)',
  fontSmoothing: true,
  primaryColor: 'dark',
  defaultRadius: 6,
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusClassName: 'focus-ring',
});

export function App() {
  const theme = useTheme();
  return (
    <MantineProvider
      theme={mantine}
      forceColorScheme={theme}
      env={testMode ? 'test' : 'default'}
      cssVariablesSelector=":root"
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  );
}
