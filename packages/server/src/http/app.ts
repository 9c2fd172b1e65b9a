// What is not /v2: the token endpoint, a word of welcome at /, and an answer for everything else. Express.

import type { IncomingMessage, RequestListener } from 'node:http';
import type { Auth } from '@berth/auth';
import type { ErrorRequestHandler, Express } from 'express';
import type { Log } from '../log/log.ts';
import { logOtherRequest } from '../log/request-lines.ts';

export interface AppOptions {
  /** Answers below `pathPrefix`, and logs its token requests itself. Undefined where another server gives out tokens. */
  readonly auth: Pick<Auth, 'router' | 'tokenPaths'> | undefined;
  readonly pathPrefix: string;
  /** What `GET /` says. */
  readonly greeting: string;
  readonly address: (request: IncomingMessage) => string;
  readonly log: Log;
}

/** The app, loaded with the first request to it: few clients of a registry ever send one. */
export function appListener(options: AppOptions): RequestListener {
  let app: Promise<Express> | undefined;
  return async (request, response) => {
    app ??= createApp(options);
    (await app)(request, response);
  };
}

async function createApp({ auth, pathPrefix, greeting, address, log }: AppOptions): Promise<Express> {
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, response, next) => {
    const isToken = auth?.tokenPaths.has(request.path) === true;
    if (!isToken) logOtherRequest(log, request, response, address(request));
    next();
  });
  if (auth !== undefined) app.use(await auth.router());
  app.get(new Set(['/', `${pathPrefix}/`]).values().toArray(), (_request, response) => {
    response.type('text/plain').send(greeting);
  });
  app.use((_request, response) => {
    response
      .status(404)
      .json({ errors: [{ code: 'UNSUPPORTED', message: 'nothing is served at this path' }] });
  });
  app.use(answerError(log));
  return app;
}

/** A bug, or a path that can't be decoded. The cause goes to the log only. */
function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const isBadPath = error instanceof URIError;
    if (!isBadPath) {
      const cause = error instanceof Error ? error.stack : String(error);
      log.error('a request failed', { method: request.method, path: request.path, cause });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const [status, code, message] = isBadPath
      ? ([400, 'UNSUPPORTED', 'the path is not well-formed'] as const)
      : ([500, 'UNKNOWN', 'unknown error'] as const);
    response.status(status).json({ errors: [{ code, message }] });
  };
}
