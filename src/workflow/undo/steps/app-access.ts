import { type BatchWrite, path } from '../../../contract/index.ts';
import { sent } from '../../offboarding/steps/acting.ts';
import { appAccessData } from '../../offboarding/steps/app-access.ts';
import type { Kept, Work } from '../../step.ts';
import type { Returner } from '../returner.ts';
import { type Taken, takenBy } from '../taken.ts';
import { keep, todoOf, type UndoStep } from './returning.ts';

const needs = { permissions: ['AppRoleAssignment.ReadWrite.All'] };

/** Gives app roles back. Consents are the person's own to give; access packages are asked for anew. */
export function appAccess(taken: readonly Taken[]): UndoStep {
  const lost = takenBy(taken, 'app-access');
  return {
    name: 'app-access',
    title: 'Gets access to these apps back',
    lists: true,
    after: ['restore-account'],
    todo: (returner) => todoOf(lost.map(({ work }) => accessTodo(work, returner))),
    act: (work, { graph }) => sent(graph, work.flatMap(assignment), needs),
  };
}

function accessTodo(work: Work, { appRoles }: Returner): Work | Kept | undefined {
  const data = appAccessData.parse(work.data);
  if (data.kind === 'consent') return keep(work, 'A consent is the person’s own: the app asks them again');
  if (data.kind === 'package') return keep(work, 'An access package is asked for anew, under its own approval');
  if ('unread' in appRoles) return keep(work, appRoles.unread);
  const has = appRoles.items.some(
    (one) => one.resourceId === data.resourceId && one.appRoleId === data.appRoleId && one.principalId === data.userId,
  );
  return has ? undefined : work;
}

function assignment({ data: given }: Work): BatchWrite[] {
  const data = appAccessData.parse(given);
  if (data.kind !== 'appRole') return [];
  const { userId, resourceId, appRoleId } = data;
  const body = { principalId: userId, resourceId, appRoleId };
  return [{ kind: 'act', at: path`/users/${userId}/appRoleAssignments`, body, repeat: 'once' }];
}
