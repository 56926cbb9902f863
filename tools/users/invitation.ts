import { z } from 'zod';
import { text } from '../../src/contract/index.ts';

/** Where guests land who give no other page: their apps. [learn.microsoft.com/graph/api/invitation-post] */
export const appsPage = 'https://myapplications.microsoft.com';

/** A mail address as invitations take it. */
export const address = text(254).refine(
  (value) => /^[^\s@<>"(),;:\\]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+$/.test(value),
  'is not a mail address',
);

/** A page to land on after accepting. */
export const redirectUrl = text(2048)
  .refine((value) => URL.canParse(value) && new URL(value).protocol === 'https:', 'is not an https URL')
  .describe('Where accepting leads; default: their apps');

/** Words that stand in the mail. */
export const messageBody = text(1000).describe('Words in the mail');

/** What Graph answers; the link to accept is not among it, since whoever has it can try to use it. */
export const invitation = z.object({
  id: z.string(),
  status: z.string().nullish(),
  invitedUser: z.object({ id: z.string() }),
});
