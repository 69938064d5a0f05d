const marker: unique symbol = Symbol.for('latecall.error');

/**
 * Base of every error that Latecall throws. Use {@link LatecallError.isInstance} rather than `instanceof`: it also
 * holds when two copies of the package are loaded.
 */
export class LatecallError extends Error {
  /** A stable word for programs, for example `unknown_task`. Messages are for people and may change. */
  readonly code: string;

  constructor({ code, message, cause }: { code: string; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.name = new.target.name;
    Object.defineProperty(this, marker, { value: true });
  }

  /** `true` for an error of this class, and of any class of Latecall if asked of the base; with `code`, only for that. */
  static isInstance<ERROR extends LatecallError>(
    this: abstract new (
      ...args: never[]
    ) => ERROR,
    error: unknown,
    code?: string,
  ): error is ERROR {
    if (!(error instanceof Error) || !(marker in error)) return false;
    // biome-ignore lint/complexity/noThisInStatic: a subclass asks for its own instances
    const ofClass = this.name === 'LatecallError' || error.name === this.name;
    return ofClass && (code === undefined || ('code' in error && error.code === code));
  }
}
