// What a registry that isn't well answers, as distribution: 503 to everything, so that a balancer takes it out of rotation;
// and `/debug/health`, which tells why.

import type { RequestListener } from 'node:http';
import { errorBody } from '@berth/registry';
import type { HealthChecks } from './checks.ts';

const unavailable = errorBody({
  code: 'UNAVAILABLE',
  message: 'a health check failed: /debug/health at http.debug.addr tells which',
  detail: undefined,
});

/** `handler`, as long as all is well. */
export function whileHealthy(health: HealthChecks, handler: RequestListener): RequestListener {
  return (request, response) => {
    if (health.isHealthy()) {
      handler(request, response);
      return;
    }
    const headers = { 'Content-Type': 'application/json', 'Content-Length': unavailable.byteLength };
    // A body that nobody reads would stand in front of the next request.
    response.writeHead(503, { ...headers, Connection: 'close' });
    response.end(request.method === 'HEAD' ? undefined : unavailable);
  };
}

/** The debug server: `/debug/health` alone. */
export function debugHandler(health: HealthChecks): RequestListener {
  return (request, response) => {
    const isHealthPath = request.url?.split('?', 1)[0] === '/debug/health';
    const status = !isHealthPath ? 404 : health.isHealthy() ? 200 : 503;
    const body = `${JSON.stringify(isHealthPath ? health.failures() : { error: 'only /debug/health is here' })}\n`;
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
