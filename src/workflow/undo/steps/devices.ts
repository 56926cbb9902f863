import { path } from '../../../contract/index.ts';
import { sent } from '../../offboarding/steps/acting.ts';
import { type Taken, takenBy } from '../taken.ts';
import { keep, seenAs, todoOf, type UndoStep } from './returning.ts';

const needs = { permissions: ['Device.ReadWrite.All'] };

/** Enables the devices that were disabled. */
export function devices(taken: readonly Taken[]): UndoStep {
  const disabled = takenBy(taken, 'devices');
  return {
    name: 'devices',
    title: 'These devices are enabled again',
    lists: true,
    todo: ({ devices: now }) =>
      todoOf(
        disabled.map(({ work: { id, name } }) => {
          const seen = seenAs(now, id);
          if ('reason' in seen) return keep({ id, name }, seen.reason);
          return seen.now.accountEnabled === false ? { id, name } : undefined;
        }),
      ),
    act: (work, { graph }) =>
      sent(
        graph,
        work.map(({ id }) => ({ kind: 'patch', at: path`/devices/${id}`, body: { accountEnabled: true } })),
        needs,
      ),
  };
}
