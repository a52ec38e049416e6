// How the page talks to the server: same origin, JSON, and every refusal thrown as an ApiProblem that
// carries the server's problem document, so that one card can show any of them.
import type { Problem } from './types';

export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiProblem';
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

type Options = {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  /** Version the edit is based on; sent as `If-Match`. */
  version?: number;
  signal?: AbortSignal;
};

/** Status 0 stands for "no answer from the server". */
async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = {
    type: 'about:blank',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
  };
  if (!response.headers.get('content-type')?.includes('json')) return fallback;
  try {
    return { ...fallback, ...((await response.json()) as Partial<Problem>) };
  } catch {
    return fallback;
  }
}

export async function request<Answer>(path: string, options: Options = {}): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  if (options.version !== undefined) headers['if-match'] = `"${options.version}"`;
  let response: Response;
  try {
    response = await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiProblem({ type: 'geocrm:unreachable', title: '', status: 0 });
  }
  if (!response.ok) throw new ApiProblem(await problemOf(response));
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

export const get = <Answer>(path: string, signal?: AbortSignal) =>
  request<Answer>(path, { signal });

export const post = <Answer>(path: string, body: unknown, signal?: AbortSignal) =>
  request<Answer>(path, { method: 'POST', body, signal });

/** Query string of the members that have a value. */
export function search(params: Record<string, string | number | null | undefined>): string {
  const entries = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return '';
  return `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString()}`;
}
