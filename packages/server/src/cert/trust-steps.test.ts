import { trustSteps } from './trust-steps.ts';

const files = { certificate: 'tls/cert.pem', key: 'tls/key.pem' };

/** The commands that stand below a line that begins with `heading`. */
function below(text: string, heading: string): readonly string[] {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(heading)) + 1;
  const to = lines.findIndex((line, index) => index >= from && !line.startsWith('    '));
  return lines.slice(from, to).map((line) => line.slice(4));
}

test('each client has a command for each host, at the port that clients write', () => {
  const text = trustSteps({ files, hosts: ['registry.lan', '192.168.1.10'], port: 5001, name: 'berth-ca-1' });
  for (const [client, root] of [
    ['docker on Linux', 'docker'],
    ['podman, buildah and skopeo on Linux', 'containers'],
    ['containerd on Linux', 'containerd'],
  ] as const)
    expect(below(text, client)).toEqual([
      `sudo install -D -m 644 ca.pem /etc/${root}/certs.d/registry.lan:5001/ca.crt`,
      `sudo install -D -m 644 ca.pem /etc/${root}/certs.d/192.168.1.10:5001/ca.crt`,
    ]);
  expect(below(text, "the system's store on Debian")).toEqual([
    'sudo install -D -m 644 ca.pem /usr/local/share/ca-certificates/berth-ca-1.crt',
    'sudo update-ca-certificates',
  ]);
  expect(below(text, "the system's store on Fedora")).toHaveLength(2);
  expect(below(text, 'docker and the system')).toHaveLength(1);
  expect(below(text, 'podman on macOS')[1]).toBe(
    'cat ca.pem | podman machine ssh "sudo mkdir -p /etc/containers/certs.d/192.168.1.10:5001; sudo tee /etc/containers/certs.d/192.168.1.10:5001/ca.crt"',
  );
  expect(below(text, 'docker on Windows')[0]).toBe(
    'New-Item -ItemType Directory -Force "$Env:ProgramData\\docker\\certs.d\\registry.lan5001"',
  );
  expect(below(text, 'containerd on Windows')).toHaveLength(4);
  expect(text).toContain('    berth serve --addr :5001 --tls-cert tls/cert.pem --tls-key tls/key.pem\n');
  expect(text).toMatch(/\n {4}docker login registry\.lan:5001\n$/);
});

test("HTTPS's own port stands in no name", () => {
  const text = trustSteps({ files, hosts: ['registry.example.com'], port: 443, name: 'x' });
  expect(below(text, 'docker on Linux')).toEqual([
    'sudo install -D -m 644 ca.pem /etc/docker/certs.d/registry.example.com/ca.crt',
  ]);
  expect(text).toContain('berth serve --addr :443 ');
});

test('a port that Berth takes by itself needs no flag', () => {
  expect(trustSteps({ files, hosts: ['a.lan'], port: 5000, name: 'x' })).toContain('berth serve --tls-cert ');
});

test('what means something else to a shell is quoted', () => {
  const text = trustSteps({
    files: { certificate: "it's/cert.pem", key: 'a b/key.pem' },
    hosts: ['fd00::1'],
    port: 5000,
    name: 'x',
  });
  expect(below(text, 'docker on Linux')).toEqual([
    "sudo install -D -m 644 ca.pem '/etc/docker/certs.d/[fd00::1]:5000/ca.crt'",
  ]);
  expect(text).toContain("--tls-cert 'it'\\''s/cert.pem' --tls-key 'a b/key.pem'");
});

test('with a wildcard a person puts in the host', () => {
  const text = trustSteps({ files, hosts: ['*.example.com'], port: 443, name: 'x' });
  expect(below(text, 'docker on Linux')[0]).toContain('/certs.d/HOST.example.com/ca.crt');
  expect(text).toContain('In place of HOST stands each host that they use.');
  expect(trustSteps({ files, hosts: ['a.lan'], port: 443, name: 'x' })).not.toContain('HOST');
});
