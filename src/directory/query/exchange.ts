import type { SqlValue } from '../../contract/index.ts';

/** What the child is asked: SQL that was checked, and what it may touch. All of it is plain JSON. */
export interface Question {
  /** The mirror. */
  readonly file: string;
  readonly sql: string;
  readonly bindings: readonly SqlValue[] | Readonly<Record<string, SqlValue>>;
  /** Rows at most. */
  readonly limit: number;
  /** Bytes of JSON at most, of all rows. */
  readonly maxBytes: number;
  /** Tables and their columns that may be read. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Functions that may be called. */
  readonly functions: readonly string[];
  /** Properties that the mirror may hold and the settings do not name: nothing shows them. */
  readonly hidden: readonly string[];
}

/** Rows as the text of a JSON list. `columns` are those of the table `users` in the file, for what a message says. */
export type Answer =
  | { readonly kind: 'rows'; readonly rows: string; readonly rowCount: number; readonly truncated: boolean }
  | {
      readonly kind: 'failed';
      readonly during: 'opening' | 'preparing' | 'running';
      readonly message: string;
      readonly code: number;
      readonly columns: readonly string[];
    };
