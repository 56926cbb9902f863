import { afterEach } from 'vitest';
import { type Handler, Loopback } from './loopback.ts';
import { type Setting, settingAt } from './setting.ts';

/** One server in place of Graph, and a port to it, for each test of a file. */
export interface Stage {
  readonly graph: Loopback;
  readonly setting: Setting;
  /** Starts both. */
  serve(handler: Handler): Promise<void>;
}

export function stage(): Stage {
  let standing: { graph: Loopback; setting: Setting } | undefined;
  const stands = () => {
    if (standing === undefined) throw new Error('serve() comes first');
    return standing;
  };
  afterEach(async () => {
    await standing?.setting.port.close();
    await standing?.graph.stop();
    standing = undefined;
  });
  return {
    get graph() {
      return stands().graph;
    },
    get setting() {
      return stands().setting;
    },
    async serve(handler) {
      const graph = await Loopback.start(handler);
      standing = { graph, setting: settingAt(graph.url) };
    },
  };
}
