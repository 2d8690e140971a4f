import { expire, token } from "../state/session";
import { refusalOf, Unreachable } from "./refusal";

export const ACCEPT = "application/problem+json, application/json;q=0.9";

/** Seconds without an answer after which a request is given up. A list of a large store may take a while. */
const PATIENCE = 60;

export interface Sent {
  method?: string;
  json?: unknown;
  /** The token to use instead of the session's. */
  token?: string;
  /** Whether the request outlives the page. */
  keepalive?: boolean;
  signal?: AbortSignal;
}

/**
 * The answer to a request; `path` is relative to the page, which may be below a path that only a proxy knows.
 *
 * Throws `Refusal` or `Unreachable`; also `AbortError` if `signal` aborts. A token that is no longer valid ends the session.
 */
export async function request(path: string, sent: Sent = {}): Promise<Response> {
  const used = sent.token ?? token.value;
  const headers: Record<string, string> = { Accept: ACCEPT };
  if (used) headers["Authorization"] = `Token ${used}`;
  if (sent.json !== undefined) headers["Content-Type"] = "application/json";
  const patience = AbortSignal.timeout(PATIENCE * 1000);
  let answer: Response;
  try {
    answer = await fetch(path, {
      method: sent.method ?? "GET",
      headers,
      body: sent.json === undefined ? null : JSON.stringify(sent.json),
      keepalive: sent.keepalive ?? false,
      signal: sent.signal ? AbortSignal.any([sent.signal, patience]) : patience,
    });
    if (answer.ok) return answer;
  } catch (error) {
    if (sent.signal?.aborted) throw error;
    throw new Unreachable();
  }
  const refusal = refusalOf(answer.status, await answer.text().catch(() => ""), answer.headers.get("Retry-After"));
  if (refusal.status === 401) expire(used);
  throw refusal;
}

export async function requestJson<Value>(path: string, sent: Sent = {}): Promise<Value> {
  const answer = await request(path, sent);
  try {
    return (await answer.json()) as Value;
  } catch (error) {
    if (sent.signal?.aborted) throw error;
    throw new Unreachable();
  }
}
