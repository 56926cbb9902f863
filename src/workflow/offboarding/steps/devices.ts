import { path } from '../../../contract/index.ts';
import type { Kept, Work } from '../../step.ts';
import type { UsedDevice } from '../leaver.ts';
import { type OffboardingStep, sent } from './acting.ts';

const needs = { permissions: ['Device.ReadWrite.All'] };

/** Disables the devices that only the leaver uses. */
export const devices: OffboardingStep = {
  name: 'devices',
  title: 'These devices are disabled',
  lists: true,
  needs: () => needs.permissions,
  todo: ({ devices: section }) => {
    if ('unread' in section) return { work: [], skip: section.unread };
    const enabled = section.items.filter(({ accountEnabled }) => accountEnabled !== false);
    return { work: enabled.filter(isAlone).map(workOf), kept: enabled.filter((one) => !isAlone(one)).map(keptOf) };
  },
  act: (work, { graph }) =>
    sent(
      graph,
      work.map(({ id }) => ({ kind: 'patch', at: path`/devices/${id}`, body: { accountEnabled: false } })),
      needs,
    ),
};

const isAlone = ({ others }: UsedDevice) => others?.length === 0;
const nameOf = ({ id, displayName, operatingSystem }: UsedDevice) =>
  `${displayName ?? id}${operatingSystem == null ? '' : ` (${operatingSystem})`}`;

function workOf(device: UsedDevice): Work {
  return { id: device.id, name: nameOf(device), data: { accountEnabled: true } };
}

function keptOf(device: UsedDevice): Kept {
  const reason =
    device.others === undefined
      ? 'Who else uses it cannot be read'
      : `Others use it too: ${device.others.slice(0, 5).join(', ')}`;
  return { id: device.id, name: nameOf(device), reason };
}
