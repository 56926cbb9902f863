/**
 * What a tool can do to the tenant. `read` changes nothing; `write` gives nobody access and is easily reversed;
 * `grant` gives access, or a way to take an account over; `destructive` takes access or data away, recoverably;
 * `irreversible` cannot be taken back.
 */
export const risks = ['read', 'write', 'grant', 'destructive', 'irreversible'] as const;
export type Risk = (typeof risks)[number];

/** The risks of a change, in ascending order and without repeats. */
export function riskSet(...members: readonly Risk[]): Risk[] {
  return risks.filter((risk) => members.includes(risk));
}

/** MCP's hints to hosts, derived from risk and never written by hand. */
export interface ToolAnnotations {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: true;
}

/** The hints for everything a tool may do, the raised risks among them. */
export function annotationsOf(all: readonly Risk[], idempotent: boolean): ToolAnnotations {
  return {
    readOnlyHint: all.every((risk) => risk === 'read'),
    destructiveHint: all.includes('destructive') || all.includes('irreversible'),
    idempotentHint: idempotent,
    openWorldHint: true,
  };
}
