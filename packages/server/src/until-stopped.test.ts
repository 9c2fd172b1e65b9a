import { createLog } from './log/log.ts';
import { untilStopped } from './until-stopped.ts';

test('who is told where it listens can stop it at once', async () => {
  const done: string[] = [];
  const write = (text: string) => {
    done.push(text.replace(/^.*(listening on|SIGTERM|stopped).*\n$/s, '$1'));
    if (text.includes('listening on')) process.emit('SIGTERM', 'SIGTERM');
  };
  const exitCode = await untilStopped({
    listening: {
      url: 'http://x',
      drain: async (timeoutMs) => void done.push(`drain ${timeoutMs}`),
    },
    close: async () => void done.push('close'),
    log: createLog({ level: 'info', format: 'text', write }),
    drainTimeoutMs: 5,
  });
  expect(exitCode).toBe(0);
  expect(done.slice(0, 1)).toEqual(['listening on']);
  expect(done.slice(1)).toEqual(['drain 5', 'close', 'stopped']);
});
