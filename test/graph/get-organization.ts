/** A process of its own: reads /organization of the root it is given and prints what came of it. */
import { z } from 'zod';
import { path } from '../../src/contract/index.ts';
import { settingAt } from './setting.ts';

const { port, reader } = settingAt(process.argv[2] ?? '');
const outcome = await reader
  .page(path`/organization`, z.object({ id: z.string() }))
  .catch((error: unknown) => ({ error }));
process.stdout.write(JSON.stringify(outcome));
await port.close();
