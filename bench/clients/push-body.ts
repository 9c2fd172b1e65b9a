/** One blob's way into a registry as Docker's engine takes it: POST, PATCH with a chunked body, PUT. */
import { expectStatus, type RawConnection, type RawRequest, type RawResponse } from './raw-http.ts';

/** @param body holds the chunks. @throws Error that says what was answered instead */
export function pushBody(
  connection: RawConnection,
  name: string,
  digest: string,
  body: NonNullable<RawRequest['file']>,
): void {
  const started = connection.request({
    method: 'POST',
    target: `/v2/${name}/blobs/uploads/`,
    headers: { 'Content-Length': '0' },
  });
  const appended = connection.request({
    method: 'PATCH',
    target: locationOf(expectStatus(started, 202, 'POST')),
    headers: { 'Transfer-Encoding': 'chunked', 'Content-Type': 'application/octet-stream' },
    file: body,
  });
  const finished = connection.request({
    method: 'PUT',
    target: withDigest(locationOf(expectStatus(appended, 202, 'PATCH')), digest),
    headers: { 'Content-Length': '0' },
  });
  connection.discardBody(expectStatus(finished, 201, 'PUT'));
}

function locationOf({ headers }: RawResponse): string {
  const location = headers.get('location');
  if (location === undefined) throw new Error('an upload was answered without a Location');
  return location;
}

function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}
