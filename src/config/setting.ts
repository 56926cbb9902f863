import { z } from 'zod';

/** What the documents and the messages say of a setting, beside its zod schema. */
export interface SettingInfo {
  /** The heading it stands under in the documents. */
  readonly group: (typeof groups)[number];
  /** One sentence for the documents. */
  readonly description: string;
  /** What a valid value looks like; also the advice when it is not. */
  readonly expects: string;
  /** True when the value must never be shown or logged. */
  readonly secret?: true;
  /** True for files and folders: a relative one in an env file starts at that file's folder. */
  readonly path?: true;
  /** What holds when it is not set, where that is not a fixed default. */
  readonly unset?: string;
  /** How an MCPB host asks for it; what has none is not in the manifest. */
  readonly manifest?: { readonly title: string; readonly type: 'string' | 'boolean' | 'file' };
}

/** The headings of the documents, in their order. */
export const groups = ['Sign-in', 'Microsoft Graph', 'Tools', 'Approval', 'State and logs', 'HTTP'] as const;

/** What is known of each field of the schema: filled while schema.ts loads, only read after that. */
export const infos = z.registry<SettingInfo>();

/** A setting without a fixed default. */
export function optional<Out>(type: z.ZodType<Out, string>, info: SettingInfo) {
  return type.optional().register(infos, info);
}

/** A setting with a default, given as a person would write it. */
export function preset<Out>(type: z.ZodType<Out, string>, text: string, info: SettingInfo) {
  return type.prefault(text).register(infos, info);
}
