import { type BytePath, toText } from './bytePath.ts';
import type { Handles } from './handles.ts';
import type { Refusal } from './refusal.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';
import { statusCodes } from './sftp.ts';

/** So many refusals of one client are told. Whoever is refused more often than this is known well enough. */
export const refusalsTold = 100;

/** Tells, for the record of the session, what this client was not permitted to do. What failed otherwise is not told. */
export function refusalsOf(session: Session): (request: Request, refusal: Refusal) => void {
  let told = 0;
  return (request, { status }) => {
    if (status !== statusCodes.permissionDenied || told >= refusalsTold) return;
    told += 1;
    const [path = '', to] = pathsIn(request, session.handles);
    session.report({
      event: 'refused',
      what: request.kind,
      path: toText(path as BytePath),
      ...(to === undefined ? {} : { to: toText(to) }),
    });
  };
}

/** The paths of a request, as the client wrote them; those of what it has open as they really are. */
function pathsIn(request: Request, handles: Handles): readonly BytePath[] {
  if ('path' in request) return [request.path];
  if ('handle' in request) return openAs(request.handle, handles);
  if (request.kind === 'copy-data')
    return [request.from, request.to].flatMap((name) => openAs(name, handles));
  return 'from' in request ? [request.from, request.to] : [];
}

function openAs(name: string, handles: Handles): readonly BytePath[] {
  try {
    return [handles.get(name).real];
  } catch {
    return [];
  }
}
