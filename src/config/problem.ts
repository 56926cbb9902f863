/** One thing wrong with the settings. Neither text ever holds the value. */
export interface ConfigProblem {
  /** The environment variable, or the option, it is about. */
  readonly setting: string;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** What to do about it, in one or two sentences. */
  readonly fix: string;
}

/** The settings cannot be used. Carries every problem found, so that one start is enough to see them all; the entry exits 78. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `- ${problem.message} ${problem.fix}`);
    super(
      problems.length === 1 ? lines.join('').slice(2) : `${problems.length} settings are wrong:\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}
