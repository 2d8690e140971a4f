/** An answer that is not a success, with the service's own sentence. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** The error code of /docs/errors/; empty if there is none. */
    readonly code: string,
    sentence: string,
    /** Seconds that the service asks to wait; null if it does not say. */
    readonly retryAfter: number | null,
  ) {
    super(sentence);
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

/** No answer came: the network or the service is away. */
export class Unreachable extends Error {
  readonly isTemporary = true;
  readonly retryAfter = null;
}

export type Failure = Refusal | Unreachable;

interface Problem {
  detail?: unknown;
  code?: unknown;
}

/** Reads problem details (RFC 9457), which the page asks for with every request. */
export function refusalOf(status: number, body: string, retryAfter: string | null): Refusal {
  let problem: Problem = {};
  try {
    problem = JSON.parse(body) as Problem;
  } catch {
    // A proxy in front may answer in another form.
  }
  const sentence = typeof problem.detail === "string" ? problem.detail : "";
  const code = typeof problem.code === "string" ? problem.code : "";
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return new Refusal(status, code, sentence, Number.isFinite(seconds) ? seconds : null);
}
