// Selects the function that answers a request. Four addresses do not need a framework, which would add a quarter to the
// cost of a request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError, send } from './answer';
import { findFault, pathOf } from './headers';
import { RequestError } from './requestError';

export interface Route {
  readonly methods: readonly string[];
  /** @param begun when the request's head arrived, on the clock of `performance.now()` */
  handle(request: IncomingMessage, response: ServerResponse, begun: number): void | Promise<void>;
}

interface RouterOptions {
  /** By path. */
  routes: Readonly<Record<string, Route>>;
  /** Returns headers to add to an answer. */
  headers(): readonly string[];
  /** Turns an error that a route threw into one for the client. */
  toRequestError(error: unknown): RequestError;
}

/** Returns a handler that never throws: an error in a route becomes its answer. */
export function createRouter({ routes, headers, toRequestError }: RouterOptions): Route['handle'] {
  const known = Object.entries(routes)
    .map(([path, { methods }]) => `${methods[0]} ${path}`)
    .join(', ');

  function dispatch(request: IncomingMessage, response: ServerResponse, begun: number): void | Promise<void> {
    const { method = '', url = '' } = request;
    const fault = findFault(request);
    if (fault) return answerError(response, fault, headers());
    const path = Object.hasOwn(routes, url) ? url : pathOf(url);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route?.methods.includes(method)) return route.handle(request, response, begun);
    const methods = path === '*' ? ['GET', 'HEAD', 'POST'] : route?.methods;
    const allow = methods ? ['Allow', [...methods, 'OPTIONS'].join(', ')] : [];
    const more = [...allow, ...headers()];
    if (methods && method === 'OPTIONS') return send(response, 204, { headers: more, body: [] });
    const sentence = `There is no ${method} ${url.slice(0, 100)}. This server answers ${known}.`;
    return answerError(response, new RequestError(methods ? 405 : 404, sentence), more);
  }

  return (request, response, begun) => {
    const fail = (error: unknown) => answerError(response, toRequestError(error), headers());
    try {
      const pending = dispatch(request, response, begun);
      if (pending instanceof Promise) pending.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}
