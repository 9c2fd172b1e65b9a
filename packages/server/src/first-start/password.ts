// Passwords of the first account. Pure but for chance, which is handed in.

/** Without the letters and digits that people mistake for each other. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 20 characters of 5 bits each, in groups that a person can read out: `xxxxx-xxxxx-xxxxx-xxxxx`. */
export function randomPassword(randomBytes: (size: number) => Uint8Array): string {
  const letters = Array.from(randomBytes(20), (byte) => alphabet[byte % alphabet.length]).join('');
  return letters.replace(/.{5}(?=.)/g, '$&-');
}

/** bcrypt reads no more than this. */
const maxPasswordBytes = 72;

/** Undefined if `password` can be an account's; otherwise what is wrong with it. */
export function passwordProblem(password: string): string | undefined {
  if (Buffer.byteLength(password) > maxPasswordBytes)
    return `is longer than the ${maxPasswordBytes} bytes that bcrypt takes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no client can send them
  if (/[\u0000-\u001f\u007f]/.test(password)) return 'holds a control character or a line break';
  return undefined;
}
