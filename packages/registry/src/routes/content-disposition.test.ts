import { contentDisposition } from './content-disposition.ts';

test.each([
  ['app-1.tar', 'attachment; filename="app-1.tar"'],
  ['größe.txt', `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`],
  ['a"b\\c', `attachment; filename="a_b_c"; filename*=UTF-8''a%22b%5Cc`],
  ["it's (1)*.txt", `attachment; filename="it's (1)*.txt"`],
  ["ü'(*)", `attachment; filename="_'(*)"; filename*=UTF-8''%C3%BC%27%28%2A%29`],
])('%s is saved under its name', (name, header) => expect(contentDisposition(name)).toBe(header));
