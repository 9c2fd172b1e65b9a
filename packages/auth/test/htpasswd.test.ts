// The accounts of an htpasswd file.
import { rmSync, writeFileSync } from 'node:fs';
import { closeAll, hashOf, house, temporaryFile } from './support.ts';

afterEach(closeAll);

describe('an htpasswd file', () => {
  test('lets its accounts in', async () => {
    const htpasswdFile = temporaryFile(`bob:${hashOf('secret')}\n`);
    const { client } = house({ users: undefined, htpasswdFile });
    await client.get('/auth').auth('bob', 'secret').expect(200);
    await client.get('/auth').auth('bob', 'wrong').expect(401);
    await client.get('/auth?account=bob').expect(401);
    await client.get('/auth').auth('alice', 'wonderland').expect(401);
  });

  test('is asked after the static users, and not about theirs', async () => {
    const htpasswdFile = temporaryFile(`alice:${hashOf('from the file')}\nbob:${hashOf('secret')}\n`);
    const { client } = house({ htpasswdFile });
    await client.get('/auth').auth('alice', 'wonderland').expect(200);
    await client.get('/auth').auth('alice', 'from the file').expect(401);
    await client.get('/auth').auth('bob', 'secret').expect(200);
  });

  test('is read again when it changes', async () => {
    const htpasswdFile = temporaryFile(`bob:${hashOf('old')}\n`);
    const built = house({ htpasswdFile });
    await built.client.get('/auth').auth('bob', 'old').expect(200);
    writeFileSync(htpasswdFile, `carol:${hashOf('new')}\nbob:${hashOf('new')}\n`);
    built.clock.now += 1000;
    await built.client.get('/auth').auth('bob', 'old').expect(401);
    await built.client.get('/auth').auth('bob', 'new').expect(200);
    await built.client.get('/auth').auth('carol', 'new').expect(200);
  });

  test('that becomes bad leaves what was read before in force, and is reported once', async () => {
    const htpasswdFile = temporaryFile(`bob:${hashOf('old')}\n`);
    const built = house({ htpasswdFile });
    writeFileSync(htpasswdFile, 'bob:plain text password\n');
    for (let n = 0; n < 3; n++) {
      built.clock.now += 1000;
      await built.client.get('/auth').auth('bob', 'old').expect(200);
    }
    rmSync(htpasswdFile);
    for (let n = 0; n < 3; n++) {
      built.clock.now += 1000;
      await built.client.get('/auth').auth('bob', 'old').expect(200);
    }
    expect(built.events.filter(({ kind }) => kind === 'htpasswd')).toEqual([
      {
        kind: 'htpasswd',
        file: htpasswdFile,
        line: 1,
        message: expect.stringContaining(`${htpasswdFile}:1: no hash`),
      },
      {
        kind: 'htpasswd',
        file: htpasswdFile,
        line: undefined,
        message: `${htpasswdFile}: can't be read (ENOENT)`,
      },
    ]);
    writeFileSync(htpasswdFile, `bob:${hashOf('new')}\n`);
    built.clock.now += 1000;
    await built.client.get('/auth').auth('bob', 'new').expect(200);
  });

  test.each([
    ['bob:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=', ':1: a SHA-1 hash (htpasswd -s); only bcrypt is accepted'],
    ['\n\nbob:$apr1$r31$HqJZimcKQFAMYayBlzkrA/', ':3: an MD5 hash (htpasswd -m); only bcrypt is accepted'],
    ['bob', ':1: expected "account:bcrypt-hash"'],
  ])('with another kind of hash is refused with file and line: %j', (text, message) => {
    const htpasswdFile = temporaryFile(text);
    expect(() => house({ htpasswdFile })).toThrow(`${htpasswdFile}${message}`);
  });

  test('that is not there is refused by name', () => {
    expect(() => house({ htpasswdFile: '/nonexistent/htpasswd' })).toThrow(
      "/nonexistent/htpasswd: can't be read (ENOENT)",
    );
  });
});
