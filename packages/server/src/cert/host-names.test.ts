import { parseHostName } from './host-names.ts';

test.each([
  ['registry.lan', 'dns', 'registry.lan'],
  ['REGISTRY', 'dns', 'registry'],
  ['*.apps.example.com', 'dns', '*.apps.example.com'],
  ['xn--mnchen-3ya.example', 'dns', 'xn--mnchen-3ya.example'],
  ['3com.example', 'dns', '3com.example'],
  [`${'a'.repeat(63)}.lan`, 'dns', `${'a'.repeat(63)}.lan`],
  ['192.168.1.10', 'ip', '192.168.1.10'],
  ['FD00::1', 'ip', 'fd00::1'],
  ['::1', 'ip', '::1'],
])('%s is a name of a host', (text, kind, name) => {
  expect(parseHostName(text)).toEqual({ kind, text: name });
});

test.each([
  ['', 'is empty: name a host'],
  ['https://registry.lan:5000/v2/', 'is a URL: name its host only, registry.lan'],
  ['https://user@registry.lan', 'is a URL: name its host only, registry.lan'],
  ['http://', 'is a URL: name its host only'],
  ['registry.lan/app', 'is a path or a range: name a host, or an address, registry.lan'],
  ['10.0.0.0/8', 'is a path or a range: name a host, or an address, 10.0.0.0'],
  ['registry.lan:5000', 'holds a port, which no certificate does, registry.lan (--port is for the port)'],
  ['192.168.1.10:5000', 'holds a port, which no certificate does, 192.168.1.10 (--port is for the port)'],
  ['[fd00::1]:5000', 'is to be without brackets and port, fd00::1'],
  ['[fd00::1]', 'is to be without brackets, fd00::1'],
  ['fe80::1%eth0', "holds a zone (%eth0), which is one machine's own: leave it out"],
  ['0.0.0.0', 'is where a server listens, and no address that clients go to: name that one'],
  ['::', 'is where a server listens, and no address that clients go to: name that one'],
  ['münchen.example', 'holds letters beyond ASCII: write it as clients send it (xn--…)'],
  ['registry.lan.', 'is to be without the dot at its end, registry.lan'],
  ['my_registry', 'holds an underscore, which docker takes in no host'],
  ['*', 'is too wide: below the * there have to be two labels, as in *.example.com'],
  ['*.lan', 'is too wide: below the * there have to be two labels, as in *.example.com'],
  ['a.*.example.com', 'holds a * that is not its whole first label, as in *.example.com'],
  ['a*.example.com', 'holds a * that is not its whole first label, as in *.example.com'],
  ['*.*.example.com', 'holds a * that is not its whole first label, as in *.example.com'],
  ['192.168.1', 'is neither an IP address nor a name: a name ends with letters'],
  ['192.168.1.256', 'is neither an IP address nor a name: a name ends with letters'],
  ['a..b', 'is no name of a host: a label is empty'],
  ['-a.lan', 'is no name of a host: "-a" is none of its labels (1 to 63 letters, digits, and - in between)'],
  ['a b', 'is no name of a host: "a b" is none of its labels (1 to 63 letters, digits, and - in between)'],
  [
    'a"b.lan',
    'is no name of a host: "a"b" is none of its labels (1 to 63 letters, digits, and - in between)',
  ],
  [
    `${'a'.repeat(64)}.lan`,
    `is no name of a host: "${'a'.repeat(64)}" is none of its labels (1 to 63 letters, digits, and - in between)`,
  ],
  ['a.'.repeat(127), 'is longer than the 253 characters that a name may have'],
])('%j is none, and why is said', (text, problem) => {
  expect(parseHostName(text)).toEqual({ problem });
});
