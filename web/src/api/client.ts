// How the page talks to the server: the paths, parameters and bodies of its own document, same origin, and
// every refusal thrown as an ApiProblem that carries the server's problem document, so that one card can
// show any of them.
import createClient from 'openapi-fetch';
import type { paths } from './openapi';
import type { Problem, Sent } from './types';

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

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  headers: { accept: 'application/json' },
});

/** Names the version an edit is based on. */
export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

type Answered<Wire> = { data?: Wire; error?: unknown; response: Response };

function problemOf(error: unknown, response: Response): Problem {
  const fallback: Problem = {
    type: 'about:blank',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
  };
  return typeof error === 'object' && error !== null ? { ...fallback, ...error } : fallback;
}

/** The answer of a call, or its refusal thrown. Status 0 stands for "no answer from the server". */
export async function answerOf<Wire>(call: Promise<Answered<Wire>>): Promise<Sent<Wire>> {
  const { data, error, response } = await call.catch((failure: unknown) => {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new ApiProblem({ type: 'geocrm:unreachable', title: '', status: 0 });
  });
  if (!response.ok) throw new ApiProblem(problemOf(error, response));
  return data as Sent<Wire>;
}
