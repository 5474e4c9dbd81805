import { followLive, type LiveState } from '@sallyport/ui/live';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import type { Status } from '../api/client.ts';
import { meKey } from '../api/me.ts';
import { keepStatus } from '../api/status.ts';
import { connectionTestKey } from '../connectionTest/connectionTest.ts';
import { type ConnectionTest, withNewest } from '../connectionTest/withNewest.ts';
import { keepTrial, type Trial } from '../network/network.ts';
import { askWebTrial } from '../settings/webTrial.ts';

type Live = { readonly state: LiveState; readonly retryNow: () => void };
const Context = createContext<Live>({ state: { at: 'connecting' }, retryNow: () => {} });

/** Opens the one stream of events, and writes what it tells into the query cache. */
export function LiveProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const cache = useQueryClient();
  const [state, setState] = useState<LiveState>({ at: 'connecting' });
  const [retryNow, setRetryNow] = useState(() => () => {});
  useEffect(() => {
    const tell = (data: unknown): void => {
      keepStatus(cache, data as Status); // The agent that serves this page made it, by the same schema.
      void cache.invalidateQueries({ queryKey: ['live'] });
    };
    const live = followLive({
      open: () => new EventSource('/v1/events'),
      events: {
        snapshot: tell,
        status: tell,
        'connection-test': (data) =>
          void cache.setQueryData(connectionTestKey, (known: Parameters<typeof withNewest>[0]) =>
            withNewest(known, data as ConnectionTest),
          ),
        'web-trial': () => askWebTrial(cache),
        'network-trial': (data) => keepTrial(cache, data as Trial),
        alive: () => {},
      },
      changed: (now) => {
        setState(now);
        // Perhaps the device is there, and the sign-in is over.
        if (now.at === 'cut') void cache.invalidateQueries({ queryKey: meKey });
      },
      clock: {
        now: () => performance.now(),
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
    });
    setRetryNow(() => live.retryNow);
    window.addEventListener('online', live.retryNow);
    document.addEventListener('visibilitychange', live.retryNow);
    return () => {
      window.removeEventListener('online', live.retryNow);
      document.removeEventListener('visibilitychange', live.retryNow);
      live.close();
    };
  }, [cache]);
  const value = useMemo(() => ({ state, retryNow }), [state, retryNow]);
  return <Context value={value}>{children}</Context>;
}

export const useLive = (): Live => use(Context);
