// The face of the package: the program as a function of its arguments.

export { run } from './cli.ts';
export { version } from './version.ts';
