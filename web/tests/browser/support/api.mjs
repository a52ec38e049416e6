// The same questions as the page asks, put from outside it: what a number on the screen is compared with.

/** A client that speaks with the cookies of a browser context. */
export function apiOf(origin, context) {
  async function send(method, path, body, headers = {}) {
    const cookies = await context.cookies(origin);
    const answer = await fetch(origin + path, {
      method,
      headers: {
        cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
        origin,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return answer;
  }
  async function json(method, path, body, headers) {
    const answer = await send(method, path, body, headers);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
  const query = (body, cube = 'accounts') => json('POST', `/api/v1/cubes/${cube}/query`, { measures: ['count'], ...body });
  return {
    send,
    get: (path) => json('GET', path),
    post: (path, body) => json('POST', path, body),
    patch: (path, version, body) => json('PATCH', path, body, { 'if-match': `"${version}"` }),
    put: (path, version, body) => json('PUT', path, body, { 'if-match': `"${version}"` }),
    query,
    count: async (where = {}) => (await query(where)).rows[0].values[0],
    /** Count of each value of a dimension, as a Map. */
    counts: async (dimension, where = {}) =>
      new Map((await query({ ...where, dimensions: [dimension] })).rows.map(({ keys, values }) => [keys[0], values[0]])),
    records: (body) => json('POST', '/api/v1/cubes/accounts/records', { limit: 500, ...body }),
    /** The hash under which the page finds the filter. */
    filter: async (filter, geometry) =>
      (await json('POST', '/api/v1/filters', { cube: 'accounts', filter, geometry })).hash,
  };
}
