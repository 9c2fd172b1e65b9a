// An error of the API where there is no response object to write it with.

/** @param status code and words: `400 Bad Request` */
export function rawAnswer(status: string, code: string, message: string): string {
  const body = JSON.stringify({ errors: [{ code, message }] });
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
