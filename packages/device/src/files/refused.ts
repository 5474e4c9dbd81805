import { type BytePath, toText } from './bytePath.ts';
import type { Change } from './fileEvent.ts';
import type { Handles } from './handles.ts';
import type { Refusal } from './refusal.ts';
import type { Request } from './request.ts';
import type { Session } from './session.ts';
import { statusCodes } from './sftp.ts';

/** So many refusals of one client are told. Whoever is refused more often than this is known well enough. */
export const refusalsTold = 100;

/** What a request would have changed. */
const changeOf: { readonly [kind in Request['kind']]?: Change } = {
  remove: 'removed',
  rename: 'renamed',
  'posix-rename': 'renamed',
  mkdir: 'folder-made',
  rmdir: 'folder-removed',
  setstat: 'attributes',
  fsetstat: 'attributes',
  lsetstat: 'attributes',
  hardlink: 'linked',
  symlink: 'linked',
};

/**
 * Tells, for the record of the session, what this client was not permitted to do, and what it would have changed but
 * could not. What it only could not look at is not told.
 */
export function refusalsOf(session: Session): (request: Request, refusal: Refusal) => void {
  let told = 0;
  return (request, { status }) => {
    const change = changeOf[request.kind];
    const permitted = status !== statusCodes.permissionDenied;
    if ((permitted && change === undefined) || told >= refusalsTold) return;
    told += 1;
    const [path = '', to] = pathsIn(request, session.handles);
    const paths = { path: toText(path as BytePath), ...(to === undefined ? {} : { to: toText(to) }) };
    session.report(
      permitted && change !== undefined
        ? { event: 'changed', what: change, ...paths, result: 'failed' }
        : { event: 'refused', what: request.kind, ...paths },
    );
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
