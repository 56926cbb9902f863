import type { Config } from '../../config/index.ts';
import type { GraphPort, TokenSource, Toolset } from '../../contract/index.ts';
import type { ServedTool } from '../../server/index.ts';
import type { Reach } from './reach.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that is set. */
export interface SettingFact {
  readonly name: string;
  /** `environment` or `env file <path>`. */
  readonly origin: string;
  /** Undefined for a secret. */
  readonly value: string | undefined;
}

/** What `doctor` is given: first the settings as they were found, then what they make. */
export interface Setup {
  /** The settings that are set, good or bad. */
  readonly settings: readonly SettingFact[];
  /** Nothing is sent yet. @throws ConfigError with every problem of the settings. */
  open(): Promise<Checkup>;
}

/** The parts that are looked at, each on its own, so that one that fails does not hide the others. */
export interface Checkup {
  readonly config: Config;
  readonly demo: boolean;
  readonly env: Environment;
  readonly tokens: TokenSource;
  readonly graph: GraphPort;
  /** The tools that the settings serve. */
  readonly tools: readonly {
    readonly name: string;
    readonly toolset: Toolset;
    readonly permissions: readonly string[];
  }[];
  /** Every tool, also what the settings do not serve: policies may speak of it. */
  readonly inventory: readonly ServedTool[];
  /** Those of `needed` that neither stand in `granted` nor are implied by something that does. */
  missing(granted: readonly string[], needed: readonly string[]): string[];
  /** Goes to a host as requests do, and tells how far it came. Ends when the signal aborts; never throws. */
  reach(url: string, signal: AbortSignal): Promise<Reach>;
  close(): Promise<void>;
}
