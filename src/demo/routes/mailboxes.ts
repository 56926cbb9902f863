import { z } from 'zod';
import { auditTarget, bodyOf, recordChange } from '../change.ts';
import { Row } from '../directory-object.ts';
import { GraphFault } from '../errors.ts';
import { mailboxSettingsResource } from '../mailboxes.ts';
import type { Person } from '../people/person.ts';
import { one } from '../reading.ts';
import type { Answer } from '../request.ts';
import type { Call, Routes } from '../router.ts';
import { userOf } from './users.ts';

/** Someone with a mailbox. [GRAPH.md D16] */
function mailboxOf(call: Call): Person {
  const person = userOf(call);
  if (!call.tenant.mailboxes.isOpen(person)) {
    throw new GraphFault(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  }
  return person;
}

function answer(call: Call, person: Person): Answer {
  const row = new Row('record', person.id, 0, { ...call.tenant.mailboxes.settings(person) });
  return one(call, `users('${person.id}')/mailboxSettings`, row, { resource: mailboxSettingsResource });
}

const time = z.object({ dateTime: z.string(), timeZone: z.string() });
const settings = z.strictObject({
  '@odata.type': z.string().optional(),
  automaticRepliesSetting: z
    .strictObject({
      '@odata.type': z.string().optional(),
      status: z.enum(['disabled', 'alwaysEnabled', 'scheduled']).optional(),
      externalAudience: z.enum(['none', 'contactsOnly', 'all']).optional(),
      internalReplyMessage: z.string().nullish(),
      externalReplyMessage: z.string().nullish(),
      scheduledStartDateTime: time.nullish(),
      scheduledEndDateTime: time.nullish(),
    })
    .optional(),
  dateFormat: z.string().optional(),
  delegateMeetingMessageDeliveryOptions: z.string().optional(),
  language: z.object({ locale: z.string() }).optional(),
  timeFormat: z.string().optional(),
  timeZone: z.string().optional(),
  workingHours: z.record(z.string(), z.unknown()).optional(),
});

function update(call: Call): Answer {
  const person = mailboxOf(call);
  const parsed = settings.safeParse(bodyOf(call));
  if (!parsed.success)
    throw new GraphFault(
      400,
      'ErrorInvalidRequest',
      `Cannot process the request because the value of '${parsed.error.issues[0]?.path.join('/')}' is not valid.`,
    );
  const { '@odata.type': _, ...values } = parsed.data;
  call.tenant.mailboxes.change(person, values);
  recordChange(call, {
    activityDisplayName: 'Set mailbox settings',
    category: 'UserManagement',
    operationType: 'Update',
    targets: [auditTarget(person)],
  });
  return answer(call, person);
}

export const mailboxRoutes: Routes = {
  'GET /users/{user}/mailboxSettings': (call) => answer(call, mailboxOf(call)),
  'PATCH /users/{user}/mailboxSettings': update,
};
