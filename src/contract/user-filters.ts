/** The filters of `search_users`. */
export interface UserFilters {
  readonly text?: string | undefined;
  readonly department?: string | undefined;
  readonly jobTitle?: string | undefined;
  readonly accountEnabled?: boolean | undefined;
  readonly userType?: 'Member' | 'Guest' | undefined;
  /** SKU id or part number. */
  readonly license?: string | undefined;
  readonly synced?: boolean | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  /** Object id or userPrincipalName. */
  readonly manager?: string | undefined;
  readonly lastSignInBefore?: string | undefined;
  /** An OData filter that an agent wrote. */
  readonly filter?: string | undefined;
}
