import { readEnvironment } from '../config/environment.ts';
import { registryFiles } from '../config/registry-files.ts';
import {
  authFile,
  defaultRegistryFile,
  imageArguments,
  imageData,
  type Surroundings,
} from './image-arguments.ts';

const [ofVersion3, ofVersion2] = registryFiles;
const registryText = 'version: 0.1\nstorage:\n  filesystem: {}\n';
const authText = 'server:\n  addr: ":5001"\ntoken:\n  issuer: x\n';

function container(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): Surroundings {
  return { read: async (file) => files[file], environment: readEnvironment(variables) };
}

const everything = container({
  [ofVersion3]: registryText,
  [ofVersion2]: registryText,
  [authFile]: authText,
  '/etc/own.yaml': authText,
  '/etc/other.yml': registryText,
});

describe('without arguments', () => {
  test.each([
    ['Berth alone', {}, ['serve', '--data', imageData]],
    ["distribution 3's configuration", { [ofVersion3]: registryText }, ['registry', ofVersion3]],
    ["distribution 2's configuration", { [ofVersion2]: registryText }, ['registry', ofVersion2]],
    ["docker_auth's configuration", { [authFile]: authText }, ['auth', authFile]],
  ])('%s is served', async (_what, files, expected) => {
    expect(await imageArguments([], container(files))).toEqual(expected);
  });

  test.each([
    ['its keys', { REGISTRY_LOG_LEVEL: 'warn' }, {}, ['registry', defaultRegistryFile]],
    [
      'its keys, and a file',
      { REGISTRY_LOG_LEVEL: 'warn' },
      { [ofVersion2]: registryText },
      ['registry', ofVersion2],
    ],
    ['its file', { REGISTRY_CONFIGURATION_PATH: '/etc/own.yml' }, {}, ['registry', '/etc/own.yml']],
    [
      'its file before others',
      { REGISTRY_CONFIGURATION_PATH: '/etc/own.yml' },
      { [authFile]: authText },
      ['registry', '/etc/own.yml'],
    ],
    [
      'nothing',
      { REGISTRY_LOG_LEVEL: '', REGISTRY_CONFIGURATION_PATH: '' },
      {},
      ['serve', '--data', imageData],
    ],
    [
      'a service of Kubernetes, and no key',
      { REGISTRY_PORT: 'tcp://10.0.0.11:5000', REGISTRY_SERVICE_HOST: '10.0.0.11' },
      {},
      ['serve', '--data', imageData],
    ],
    [
      'where clients keep their logins',
      { REGISTRY_AUTH_FILE: '/auth.json' },
      {},
      ['serve', '--data', imageData],
    ],
  ])('variables that name %s of a registry', async (_what, variables, files, expected) => {
    expect(await imageArguments([], container(files, variables))).toEqual(expected);
  });

  test('two configurations are a question', async () => {
    await expect(
      imageArguments([], container({ [ofVersion2]: registryText, [authFile]: authText })),
    ).rejects.toThrow(`${ofVersion2} and ${authFile} are both there`);
  });
});

test.each([
  // distribution's images
  [
    ['serve', ofVersion2],
    ['registry', ofVersion2],
  ],
  [
    ['registry', 'serve', ofVersion3],
    ['registry', ofVersion3],
  ],
  [[ofVersion2], ['registry', ofVersion2]],
  [['/etc/other.yml'], ['registry', '/etc/other.yml']],
  [
    ['registry', '/etc/other.yml'],
    ['registry', '/etc/other.yml'],
  ],
  // docker_auth's image
  [[authFile], ['auth', authFile]],
  [['/etc/own.yaml'], ['auth', '/etc/own.yaml']],
  [
    ['--v=2', '--alsologtostderr', authFile],
    ['auth', authFile, '--log-level', 'debug'],
  ],
  [
    ['-v=1', '-logtostderr=true', authFile],
    ['auth', authFile],
  ],
  [
    ['--strange', authFile],
    ['auth', authFile, '--strange'],
  ],
  // Berth's own
  [['serve'], ['serve', '--data', imageData]],
  [
    ['serve', '--addr', ':80'],
    ['serve', '--data', imageData, '--addr', ':80'],
  ],
  [
    ['serve', '--data', '/mnt'],
    ['serve', '--data', '/mnt'],
  ],
  [
    ['serve', '--data=/mnt'],
    ['serve', '--data=/mnt'],
  ],
  [
    ['serve', '--storage', 'inmemory'],
    ['serve', '--storage', 'inmemory'],
  ],
  [
    ['serve', '--auth-config', authFile],
    ['serve', '--data', imageData, '--auth-config', authFile],
  ],
  [
    ['auth', authFile],
    ['auth', authFile],
  ],
  [['version'], ['version']],
  [['--help'], ['--help']],
])('%j is berth %j', async (args, expected) => {
  expect(await imageArguments(args, everything)).toEqual(expected);
});

test('a file that is not there is named', async () => {
  await expect(imageArguments(['/etc/none.yml'], everything)).rejects.toThrow('/etc/none.yml: no such file');
});

test('two files are refused', async () => {
  await expect(imageArguments([authFile, '/etc/own.yaml'], everything)).rejects.toThrow('name one');
});
