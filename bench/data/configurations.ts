/**
 * The peers' configuration files: what their documentation recommends for production, logs of requests off and
 * the rest at warnings, as in Berth; no auth at all.
 */
import { join } from 'node:path';
import type { ServerPlace } from '../servers.ts';

/** distribution 2 and 3; JSON is YAML. The cache is the one of the image's own configuration. */
export function distributionConfiguration({ folder, port }: ServerPlace): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      cache: { blobdescriptor: 'inmemory' },
      filesystem: { rootdirectory: join(folder, 'data') },
    },
    http: { addr: `127.0.0.1:${port}`, secret: 'one process needs no shared secret' },
  });
}

export function zotConfiguration({ folder, port }: ServerPlace): string {
  return JSON.stringify({
    distSpecVersion: '1.1.1',
    storage: { rootDirectory: join(folder, 'data') },
    http: { address: '127.0.0.1', port: String(port) },
    log: { level: 'warn' },
  });
}

/** One worker, as the registries are one process each. */
export function nginxConfiguration({ folder, port }: ServerPlace): string {
  // Started by root it would change to a user who may not read the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; worker_processes 1; ${user} pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  default_type application/octet-stream;
  server { listen 127.0.0.1:${port}; root ${folder}/www; }
}
`;
}
