import type { Licenses } from './licenses.ts';
import type { Resource } from './odata/resource.ts';
import type { Person } from './people/person.ts';

export const mailboxSettingsResource: Resource = {
  name: 'MailboxSettings',
  type: 'microsoft.graph.mailboxSettings',
  properties: {
    archiveFolder: 'string',
    automaticRepliesSetting: 'complex',
    dateFormat: 'string',
    delegateMeetingMessageDeliveryOptions: 'string',
    language: 'complex',
    timeFormat: 'string',
    timeZone: 'string',
    userPurpose: 'string',
    workingHours: 'complex',
  },
  operators: {},
  endsWith: [],
  searchable: [],
  orderby: {},
  expandable: [],
  pageSize: { default: 100, max: 999 },
  directory: false,
};

type Settings = Readonly<Record<string, unknown>>;

const midnight = { dateTime: '2026-01-01T00:00:00.0000000', timeZone: 'UTC' };

/** No automatic reply. */
const noReplies: Settings = {
  status: 'disabled',
  externalAudience: 'all',
  internalReplyMessage: '',
  externalReplyMessage: '',
  scheduledStartDateTime: midnight,
  scheduledEndDateTime: { ...midnight, dateTime: '2026-01-02T00:00:00.0000000' },
};

/** Settings of mailboxes. There is one for as long as a license brings Exchange; what was set comes back with it. */
export class Mailboxes {
  readonly #licenses: Licenses;
  readonly #changes = new Map<string, Settings>();

  constructor(licenses: Licenses) {
    this.#licenses = licenses;
  }

  isOpen(person: Person): boolean {
    return this.#licenses.hasPlan(person, /^EXCHANGE_S_(ENTERPRISE|STANDARD)$/);
  }

  settings(person: Person): Settings {
    return {
      archiveFolder: null,
      dateFormat: 'dd.MM.yyyy',
      delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
      language: { locale: 'en-US', displayName: 'English (United States)' },
      timeFormat: 'HH:mm',
      timeZone: 'UTC',
      userPurpose: 'user',
      workingHours: {
        daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
        timeZone: { name: 'UTC' },
      },
      ...this.#changes.get(person.id),
      automaticRepliesSetting: this.replies(person),
    };
  }

  replies(person: Person): Settings {
    const changed = this.#changes.get(person.id)?.['automaticRepliesSetting'];
    return typeof changed === 'object' && changed !== null ? { ...noReplies, ...changed } : noReplies;
  }

  /** Sets what is named; of automatic replies, what is not named stays. */
  change(person: Person, values: Settings): void {
    const replies = values['automaticRepliesSetting'];
    const merged =
      typeof replies === 'object' ? { automaticRepliesSetting: { ...this.replies(person), ...replies } } : {};
    this.#changes.set(person.id, { ...this.#changes.get(person.id), ...values, ...merged });
  }

  forget(personId: string): void {
    this.#changes.delete(personId);
  }
}
