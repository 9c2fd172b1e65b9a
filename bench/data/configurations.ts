/**
 * The peers' configuration files: what their documentation recommends for production, logs of requests off and
 * the rest at warnings, as in Berth; no auth at all.
 */
import { join } from 'node:path';
import type { ServerPlace } from '../servers.ts';

/** distribution 2 and 3; JSON is YAML. The cache is the one of the image's own configuration. */
export function distributionConfiguration({ port, dataFolder, certificate }: ServerPlace): string {
  const tls = certificate && { certificate: certificate.certificateFile, key: certificate.keyFile };
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      cache: { blobdescriptor: 'inmemory' },
      filesystem: { rootdirectory: dataFolder },
    },
    http: { addr: `127.0.0.1:${port}`, secret: 'one process needs no shared secret', tls },
  });
}

export function zotConfiguration({ port, dataFolder, certificate }: ServerPlace): string {
  const tls = certificate && { cert: certificate.certificateFile, key: certificate.keyFile };
  return JSON.stringify({
    distSpecVersion: '1.1.1',
    storage: { rootDirectory: dataFolder },
    // Without `compat` it takes no image of the classic engine.
    http: { address: '127.0.0.1', port: String(port), tls, compat: ['docker2s2'] },
    log: { level: 'warn' },
  });
}

/** One worker, as the registries are one process each. */
export function nginxConfiguration({ folder, dataFolder, port, certificate }: ServerPlace): string {
  // Started by root it would change to a user who may not read the folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const tls =
    certificate &&
    `ssl_certificate ${certificate.certificateFile}; ssl_certificate_key ${certificate.keyFile};`;
  return `daemon off; worker_processes 1; ${user} pid ${join(folder, 'nginx.pid')}; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
  default_type application/octet-stream;
  server { listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'}; root ${dataFolder}; ${tls ?? ''} }
}
`;
}
