import { recordAudit } from '../approval/index.ts';
import type { Config } from '../config/index.ts';
import type { Clock, DirectoryPort, GraphPort, Log } from '../contract/index.ts';
import type { Directory } from '../directory/index.ts';
import type { StateStore, TenantFolder } from '../store/index.ts';

interface DirectoryOptions {
  readonly tenant: { readonly id: string };
  readonly folder: TenantFolder;
  readonly config: Pick<Config, 'directoryFields'>;
  readonly graph: GraphPort;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly owner: string;
}

/** The mirror of a tenant: loaded by the first call that needs it. */
export function directoryPart(options: DirectoryOptions): {
  of(requester: string): DirectoryPort;
  close(): Promise<void>;
} {
  const { tenant, folder, config, graph, store, clock, log, owner } = options;
  let opened: Promise<Directory> | undefined;
  const open = async () => {
    const { Directory, mirrorFile } = await import('../directory/index.ts');
    return new Directory({
      ...{ graph, clock, log, owner },
      file: mirrorFile(folder.folder),
      fields: config.directoryFields,
    });
  };
  const directory = () => {
    opened ??= open();
    return opened;
  };
  return {
    of: (requester) => ({
      sync: async (call) => (await directory()).sync(call),
      changes: async (query) => (await directory()).changes(query),
      describe: async () => (await directory()).describe(),
      async query(query, call) {
        const { sql, limit } = query;
        await recordAudit(store, clock, { tenantId: tenant.id, kind: 'query', body: { requester, sql, limit } });
        return (await directory()).query(query, call);
      },
    }),
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}
