import type { Gate } from '../approval/gate.ts';
import type {
  AccessPort,
  Clock,
  DirectoryPort,
  GraphPort,
  Log,
  RunPort,
  Tool,
  ToolAnnotations,
  Toolset,
} from '../contract/index.ts';

/** One entry of the generated `tools.json`: what `tools/list` answers, and what decides whether it is served. */
export interface ServedTool {
  readonly toolset: Toolset;
  /** Changes nothing in the tenant: stays when ENTRA_MCP_READ_ONLY is set. */
  readonly readOnly: boolean;
  /** The tool as MCP's `tools/list` spells it. */
  readonly definition: {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    readonly inputSchema: Readonly<Record<string, unknown>>;
    readonly outputSchema: Readonly<Record<string, unknown>>;
    readonly annotations: ToolAnnotations;
    /** MCP Apps: the card that is shown with the tool's answers, or that only a card calls it. */
    readonly _meta?: { readonly ui: { readonly resourceUri: string } | { readonly visibility: readonly ['app'] } };
  };
}

/** Everything that belongs to one tenant, opened on the first call that needs it. */
export interface TenantSession {
  readonly tenantId: string;
  readonly graph: GraphPort;
  readonly gate: Gate;
  readonly access: AccessPort;
  /** The mirror of the directory, asked by one requester: every query is audited. */
  directory(requester: string): DirectoryPort;
  /** The runs of one requester. */
  runs(requester: string): RunPort;
}

/** What the server is given by the composer. Functions that answer promises load what is heavy. */
export interface ServerPorts {
  readonly version: string;
  /** Already cut to the toolsets and mode of the settings. */
  readonly served: readonly ServedTool[];
  readonly clock: Clock;
  /** 32 random bytes, new in each process: seals cursors and request states. */
  readonly sealingKey: Uint8Array;
  /** Who asks, over this transport. */
  readonly requester: string;
  tool(name: string): Promise<Tool | undefined>;
  session(): Promise<TenantSession>;
  log(): Promise<Log>;
}
