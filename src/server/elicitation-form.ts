/** A question for the person at the client: one form with one field. */
export interface Question {
  readonly message: string;
  /** Sealed; the client hands it back with the decision. */
  readonly state: string;
}

/** What came back. `declined` and `cancelled` decide nothing: clients in the field answer so by themselves. */
export type Decision = 'approve' | 'reject' | 'declined' | 'cancelled';

/** The form's one field. */
export const decisionForm = {
  type: 'object' as const,
  properties: {
    decision: { type: 'string' as const, title: 'Decision', enum: ['approve', 'reject'] },
  },
  required: ['decision'],
};
