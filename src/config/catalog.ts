import { z } from 'zod';
import { type SettingName, schema } from './schema.ts';
import { infos, type SettingInfo } from './setting.ts';

/** A setting as documents, sources and messages see it. */
export interface Setting extends SettingInfo {
  readonly name: SettingName;
  /** The text of its default, if it has a fixed one. */
  readonly preset: string | undefined;
}

/** Every setting, in the order of the documents. */
export function catalog(): readonly Setting[] {
  return schema.keyof().options.map((name) => {
    const field = schema.shape[name];
    const info = infos.get(field);
    if (info === undefined) throw new Error(`${name} is not described`);
    const text = field instanceof z.ZodPrefault ? field.def.defaultValue : undefined;
    return { ...info, name, preset: typeof text === 'string' ? text : undefined };
  });
}
