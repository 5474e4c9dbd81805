import { useEffect, useState } from 'react';

/** The page's monotonic clock, in milliseconds, looked at anew every `everyMs` while somebody looks. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const look = (): void => setNow(performance.now());
    const timer = setInterval(look, everyMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [everyMs]);
  return now;
}
