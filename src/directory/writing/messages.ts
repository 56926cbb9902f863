import type { Selection } from '../columns.ts';
import type { ProductNames } from './licenses.ts';
import type { Links } from './returned.ts';
import type { Collection } from './round.ts';
import type { SignIn } from './sign-ins.ts';

/** What the thread begins with. */
export interface ThreadStart {
  readonly file: string;
  /** `host:pid:nonce` */
  readonly owner: string;
  readonly selection: Selection;
}

/** What the thread is asked for: methods of `MirrorWriter`. `page` is `parse` and `apply` in one. */
export type Ask =
  | { readonly method: 'begin'; readonly selection: Selection }
  | { readonly method: 'beat' }
  | { readonly method: 'nameProducts'; readonly names: ProductNames }
  | { readonly method: 'restart'; readonly collection: Collection }
  | {
      readonly method: 'page';
      readonly collection: Collection;
      /** The link that named the page. */
      readonly from: string | undefined;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | { readonly method: 'applySignIns'; readonly rows: readonly SignIn[]; readonly next: string | undefined }
  | { readonly method: 'noteDeleted'; readonly ids: readonly string[] }
  | { readonly method: 'isUnsettled' }
  | { readonly method: 'returned' }
  | { readonly method: 'settle'; readonly links: readonly Links[] }
  | { readonly method: 'doubtful' }
  | { readonly method: 'purge'; readonly ids: readonly string[] }
  | { readonly method: 'end' }
  | { readonly method: 'forget' }
  | { readonly method: 'leave' }
  | { readonly method: 'close' };

export type Call = Ask & { readonly id: number; readonly now: number };

/** Why the thread did not do it. */
export interface Thrown {
  /** Name of the error's class, of those that say something to the caller. */
  readonly kind: 'Leased' | 'UnexpectedPage' | 'other';
  /** The field of a page, or the error's own words. */
  readonly text: string;
}

export type Reply =
  /** Each caller knows what its method answers: between two parts of one program nothing is checked. */
  { readonly id: number; readonly result: never } | { readonly id: number; readonly thrown: Thrown };
