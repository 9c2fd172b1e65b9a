// What a person does with the files of `berth cert`: start Berth with them, and make clients trust the CA. Pure.
//
// Where clients look is in their documentation: docker's "Verify repository client with certificates" and Docker Desktop's
// FAQ on certificates, containers-certs.d(5), containerd's docs/hosts.md (it takes docker's files, too). These keep a CA for
// one host and port; a system's store lets it vouch for any.

import type { CertFiles } from './cert-files.ts';

export interface TrustSteps {
  readonly files: Pick<CertFiles, 'certificate' | 'key'>;
  /** DNS names and addresses, one at least. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** Of the CA, as a file in a system's store. */
  readonly name: string;
}

const httpsPort = 443;
/** Where `berth serve` listens by itself. */
const berthPort = 5000;

/** What is indented by four spaces is typed as it is. */
export function trustSteps({ files, hosts, port, name }: TrustSteps): string {
  const registries = hosts.map((host) => registryOf(host, port));
  const address = port === berthPort ? '' : ` --addr :${port}`;
  const hasWildcard = hosts.some((host) => host.startsWith('*.'));
  return `To start Berth with it:

    berth serve${address} --tls-cert ${quoted(files.certificate)} --tls-key ${quoted(files.key)}

Clients have to trust ca.pem. Copy it to their machines, and type there, where it is, what stands under their name.
${hasWildcard ? 'In place of HOST stands each host that they use.\n' : ''}
${onLinux(registries, name)}
${onMac(registries)}
${onWindows(registries)}
Then, from each of them:

    docker login ${registries[0]}
`;
}

function onLinux(registries: readonly string[], name: string): string {
  return `docker on Linux
${copies(registries, '/etc/docker/certs.d')}
podman, buildah and skopeo on Linux
${copies(registries, '/etc/containers/certs.d')}
containerd on Linux: ctr --hosts-dir /etc/containerd/certs.d, or config_path = "/etc/containerd/certs.d" in its config.toml
${copies(registries, '/etc/containerd/certs.d')}
the system's store on Debian, Ubuntu, Alpine: for curl, crane, oras, helm, and for docker when it starts again
    sudo install -D -m 644 ca.pem /usr/local/share/ca-certificates/${name}.crt
    sudo update-ca-certificates

the system's store on Fedora, RHEL, Amazon Linux
    sudo install -D -m 644 ca.pem /etc/pki/ca-trust/source/anchors/${name}.pem
    sudo update-ca-trust
`;
}

function onMac(registries: readonly string[]): string {
  return `docker and the system's store on macOS; then start Docker Desktop again
    sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.pem

podman on macOS: the system's store, as above, and its Linux machine
${intoPodmanMachine(registries)}
containerd on macOS runs in a Linux machine (colima, Lima, Rancher Desktop): there, as on Linux
`;
}

function onWindows(registries: readonly string[]): string {
  return `docker and the system's store on Windows, in PowerShell as administrator; then start Docker Desktop again
    certutil -addstore -f Root ca.pem

podman on Windows: the system's store, as above, and its Linux machine
${intoPodmanMachine(registries)}
docker on Windows without Docker Desktop, in PowerShell as administrator
${windowsCopies(registries, '$Env:ProgramData\\docker\\certs.d')}
containerd on Windows, in PowerShell as administrator: config_path = 'C:\\ProgramData\\containerd\\certs.d' in its config.toml
${windowsCopies(registries, '$Env:ProgramData\\containerd\\certs.d')}`;
}

function copies(registries: readonly string[], root: string): string {
  return typed(
    registries.map((registry) => `sudo install -D -m 644 ca.pem ${quoted(`${root}/${registry}/ca.crt`)}`),
  );
}

/** `cat` is a word of PowerShell's as well. */
function intoPodmanMachine(registries: readonly string[]): string {
  return typed(
    registries.map((registry) => {
      const folder = quoted(`/etc/containers/certs.d/${registry}`);
      return `cat ca.pem | podman machine ssh "sudo mkdir -p ${folder}; sudo tee ${folder}/ca.crt"`;
    }),
  );
}

/** A folder's name has no colon there: docker and containerd leave it out. */
function windowsCopies(registries: readonly string[], root: string): string {
  return typed(
    registries.flatMap((registry) => {
      const folder = `${root}\\${registry.replaceAll(':', '')}`;
      return [
        `New-Item -ItemType Directory -Force "${folder}"`,
        `Copy-Item ca.pem -Destination "${folder}\\ca.crt"`,
      ];
    }),
  );
}

function typed(commands: readonly string[]): string {
  return commands.map((command) => `    ${command}\n`).join('');
}

/** As in the name of an image: without a port it is HTTPS's own. */
function registryOf(host: string, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host.replace(/^\*/, 'HOST');
  return port === httpsPort ? name : `${name}:${port}`;
}

/** For sh, where it says something else. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
