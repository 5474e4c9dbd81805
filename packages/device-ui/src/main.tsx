import '@mantine/core/styles.css';
import { Announcer } from '@sallyport/ui/announce';
import { InterfaceRoot } from '@sallyport/ui/theme';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client.ts';
import { prepareFirstPage } from './firstPage.ts';
import { router } from './router.tsx';
import { WordsProvider } from './strings/index.ts';

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      // What the device refuses it refuses again.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.retryable,
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});

const element = document.getElementById('root');
// No `await` of the module itself: it would keep other parts of the page from sharing code with this one.
void prepareFirstPage(cache).then(() => {
  if (!element) return;
  createRoot(element).render(
    <StrictMode>
      <InterfaceRoot>
        <QueryClientProvider client={cache}>
          <WordsProvider>
            <Announcer>
              <RouterProvider router={router} />
            </Announcer>
          </WordsProvider>
        </QueryClientProvider>
      </InterfaceRoot>
    </StrictMode>,
  );
});
