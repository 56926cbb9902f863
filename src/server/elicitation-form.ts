/**
 * A question for the person at the client: one form with one field, or the address of the approval page, where an
 * approver decides.
 */
export interface Question {
  readonly message: string;
  /** Sealed; the client hands it back with the reply. */
  readonly state: string;
  /** Set where the client is asked to open this address instead of showing the form. */
  readonly url?: string;
}

/**
 * What came back. `declined` and `cancelled` decide nothing: clients in the field answer so by themselves. Nor does
 * `accepted`, which names no decision: of a form it is as good as `cancelled`, of an address it says that it was opened.
 */
export type Decision = 'approve' | 'reject' | 'accepted' | 'declined' | 'cancelled';

/** The form's one field. */
export const decisionForm = {
  type: 'object' as const,
  properties: {
    decision: { type: 'string' as const, title: 'Decision', enum: ['approve', 'reject'] },
  },
  required: ['decision'],
};
