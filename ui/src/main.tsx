import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './base.css';
import { DirectionProvider, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/http';
import { makeRouter } from './router';
import { cssVariables, onPaper, theme } from './theme';

const RETRIES_MAX = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused it will refuse again.
      retry: (failures, error) => failures < RETRIES_MAX && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
    },
  },
});
queries.getQueryCache().subscribe((event) => {
  const lost = event.type === 'updated' && event.action.type === 'error' && event.action.error instanceof Problem && event.action.error.status === 401;
  if (lost && event.query.queryKey[0] !== 'session') queries.setQueryData(['session'], null);
});

const router = makeRouter(queries);
const scheme = localStorageColorSchemeManager({ key: 'baton-scheme' });

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    {/* Follows `dir` of the page, so that menus open and arrow keys go to the side that is read to. */}
    <DirectionProvider>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" colorSchemeManager={scheme}>
        <style>{onPaper}</style>
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-left" limit={3} />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </DirectionProvider>
  </StrictMode>,
);
