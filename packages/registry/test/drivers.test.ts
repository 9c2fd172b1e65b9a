import { mkdtemp, rm } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystemDriver } from '../src/drivers/filesystem/filesystem.ts';
import { memoryDriver } from '../src/drivers/memory.ts';
import { repositoryFolder } from '../src/store/layout.ts';
import { type DriverUnderTest, describeDriver } from './driver-suite.ts';

async function inTemporaryFolder(
  durability: 'durable' | 'relaxed',
  options: { readonly sendfile?: boolean } = {},
): Promise<DriverUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-driver-'));
  return {
    driver: filesystemDriver({ rootDirectory: join(folder, 'data'), durability, ...options }),
    dispose: () => rm(folder, { recursive: true }),
  };
}

const inMemory = async (quickReads: boolean): Promise<DriverUnderTest> => ({
  driver: memoryDriver({ quickReads }),
  dispose: async () => {},
});

describeDriver('memory', () => inMemory(true));
describeDriver('memory, by promises,', () => inMemory(false));
describeDriver('filesystem', () => inTemporaryFolder('durable'));
describeDriver('filesystem, relaxed,', () => inTemporaryFolder('relaxed'));
describeDriver('filesystem, without sendfile,', () => inTemporaryFolder('relaxed', { sendfile: false }));

test('the filesystem driver has the ability to send within the kernel where Linux has all that it takes', async () => {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const isRecent = major > 6 || (major === 6 && minor >= 5);
  const expected = process.platform === 'linux' && isRecent && ['x64', 'arm64'].includes(process.arch);
  for (const sendfile of [true, false]) {
    const { driver, dispose } = await inTemporaryFolder('relaxed', { sendfile });
    const path = repositoryFolder('file');
    await driver.writeSmall(path, Buffer.from('x'), { durable: false });
    const content = await driver.open(path);
    expect(content.sendfile !== undefined).toBe(sendfile && expected);
    await content.close();
    await dispose();
  }
});
