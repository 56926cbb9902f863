import { path } from '../../../contract/index.ts';
import { sent } from '../../offboarding/steps/acting.ts';
import { type Taken, takenBy } from '../taken.ts';
import { isGone, keep, todoOf, type UndoStep } from './returning.ts';

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
          const isEnabled = now.get(id);
          if (isEnabled === undefined) return keep({ id, name }, isGone);
          return isEnabled ? undefined : { id, name };
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
