/** A certificate for 127.0.0.1 that signs itself, made when a case needs one. */
import { join } from 'node:path';
import type { Place } from './place.ts';

export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** A folder with the certificate as ca.crt, which is how podman, buildah and skopeo want it. */
  readonly trustFolder: string;
}

export async function makeCertificate(place: Place): Promise<Certificate> {
  const trustFolder = place.dir('trust');
  const certificateFile = join(trustFolder, 'ca.crt');
  const keyFile = join(place.dir('configuration'), 'tls.key');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const name = ['-subj', '/CN=berth e2e', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await place.run('openssl', ['req', '-x509', '-days', '1', ...key, ...name, '-out', certificateFile]);
  return { certificateFile, keyFile, trustFolder };
}
