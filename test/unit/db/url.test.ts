import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatabaseTarget } from '../../../src/db/target.ts';
import { carriesPassword, parseDatabaseUrl } from '../../../src/db/url.ts';
import { parseFacility, parseSeverity } from '../../../src/options/syslog-names.ts';
import { formatSyslogTarget, parseSyslogUrl } from '../../../src/options/syslog-target.ts';

const SERVER = {
  kind: 'mysql',
  host: 'h',
  port: 3306,
  user: 'u',
  password: '',
  database: 'd',
  socket: null,
  connectTimeoutSeconds: 10,
  tls: { mode: 'preferred', ca: null, cert: null, key: null },
  serverPublicKey: null,
} as const satisfies DatabaseTarget;
const POSTGRES = { ...SERVER, kind: 'postgres', port: 5432 } as const;
const LOCAL_TLS = { ...SERVER.tls, mode: 'disabled' } as const;
const CERTIFICATES = { ca: '/ca', cert: '/cert', key: '/key' } as const;
const STREAM = { timeoutSeconds: 10, ackSeconds: 1, maxBytes: null, octetCounting: false, tls: null } as const;
const TLS = { ca: null, cert: null, key: null, verifyHost: true } as const;

describe('parseDatabaseUrl', () => {
  test.each<[string, DatabaseTarget]>([
    ['mysql://u@h/d', SERVER],
    ['mariadb://u@h/d', SERVER],
    ['MySQL://u@h/d', SERVER],
    ['mysql://u:p@h:3307/d', { ...SERVER, password: 'p', port: 3307 }],
    ['mysql://u@[2001:db8::1]:3307/d', { ...SERVER, host: '2001:db8::1', port: 3307 }],
    ['mysql://a%40b:p%23%2F%3F%40%3A%25@h/d%2Dx', { ...SERVER, user: 'a@b', password: 'p#/?@:%', database: 'd-x' }],
    [
      'mysql://u@localhost/d?socket=/run/my.sock',
      { ...SERVER, host: 'localhost', socket: '/run/my.sock', tls: LOCAL_TLS },
    ],
    ['mysql://u@h/d?connect-timeout=1m', { ...SERVER, connectTimeoutSeconds: 60 }],
    ['mysql://u@h/d?ssl-mode=DISABLED', { ...SERVER, tls: LOCAL_TLS }],
    [
      'mysql://u@h/d?ssl-mode=verify_identity&ssl-ca=/ca&ssl-cert=/cert&ssl-key=/key',
      { ...SERVER, tls: { mode: 'verify-host', ...CERTIFICATES } },
    ],
    ['postgres://u@h/d', POSTGRES],
    ['postgresql://u:p@h:6432/d', { ...POSTGRES, password: 'p', port: 6432 }],
    [
      'postgres://u@h/d?sslmode=verify-ca&sslrootcert=/ca&sslcert=/cert&sslkey=/key',
      { ...POSTGRES, tls: { mode: 'verify-ca', ...CERTIFICATES } },
    ],
    [
      'postgres://u@localhost/d?socket=/run/postgresql',
      { ...POSTGRES, host: 'localhost', socket: '/run/postgresql', tls: LOCAL_TLS },
    ],
    ['sqlite::memory:', { kind: 'sqlite', file: ':memory:' }],
    ['sqlite:/var/lib/state.db', { kind: 'sqlite', file: '/var/lib/state.db' }],
    ['sqlite:///C:/state/s.db', { kind: 'sqlite', file: 'C:/state/s.db' }],
    ['sqlite:/C:\\state\\s.db', { kind: 'sqlite', file: 'C:\\state\\s.db' }],
    ['sqlite:C:\\state db\\s#1?.db', { kind: 'sqlite', file: 'C:\\state db\\s#1?.db' }],
  ])('%s', (text, target) => {
    expect(parseDatabaseUrl(text)).toEqual(target);
  });

  test('a separate password beats the one in the URL and is taken literally', () => {
    expect(parseDatabaseUrl('mysql://u:p@h/d', 'q%41')).toEqual({ ...SERVER, password: 'q%41' });
  });

  test.each<[string, RegExp]>([
    ['', /must start with mysql:\/\//],
    ['plixer', /must start with mysql:\/\//],
    ['mysql://u@h:70000/d', /not a valid URL/],
    ['mysql://u:100%@h/d', /percent-encode/],
    ['http://u@h/d', /must start with mysql:\/\//],
    ['mysql://u@h', /no database/],
    ['mysql://h/d', /no user/],
    ['mysql://u@h/d?multipleStatements=true', /parameter/],
    ['mysql://u@h/d?connect-timeout=soon', /connect-timeout/],
    ['mysql://u@h/d?connect-timeout=0s', /connect-timeout/],
    ['sqlite:', /no file/],
    ['mysql://u@h/d?sslmode=require', /parameter/],
    ['postgres://u@h/d?ssl-mode=required', /parameter/],
    ['postgres://u@h/d?sslmode=allow', /sslmode/],
    ['mysql://u@h/d?ssl-mode=verify_ca&ssl-cert=/cert', /has only one of ssl-cert and ssl-key/],
    ['mysql://u@h/d?ssl-mode=required&ssl-ca=/ca', /ssl-ca, which only/],
    ['mysql://u@h:0/d', /not a valid URL/],
  ])('%j is refused in words', (text, words) => {
    expect(parseDatabaseUrl(text)).toMatch(words);
  });

  test('any user, password and database survive percent-encoding', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1 });
    const database = part.filter((name) => !/[/@]/.test(name));
    fc.assert(
      fc.property(part, part, database, (user, password, name) => {
        const text = `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/${encodeURIComponent(name)}`;
        fc.pre(!/^\.{1,2}$/.test(name)); // a URL has no path of dots
        expect(parseDatabaseUrl(text)).toEqual({ ...SERVER, user, password, database: name });
      }),
    );
  });
});

describe('carriesPassword', () => {
  test.each([
    'mysql://u:p@h/d',
    'mysql://:p@h/d',
    'mysql://u:p#q@h/d',
    'mysql://u:p/q@h/d',
    'mysql://u:p?q@h/d',
    'x://u:p@',
  ])('%s does', (text) => {
    expect(carriesPassword(text)).toBe(true);
  });

  test.each(['mysql://u@h/d', 'mysql://u@h:3306/d', 'mysql://u:@h/d', 'mysql://h:3306/d', 'sqlite:a@b', ''])(
    '%j does not',
    (text) => {
      expect(carriesPassword(text)).toBe(false);
    },
  );
});

describe('parseSyslogUrl', () => {
  test.each([
    ['udp://127.0.0.1:514', { transport: 'udp', host: '127.0.0.1', port: 514, ...STREAM }],
    ['udp://siem', { transport: 'udp', host: 'siem', port: 514, ...STREAM }],
    ['tcp://siem.example.net:1514/', { transport: 'tcp', host: 'siem.example.net', port: 1514, ...STREAM }],
    ['tcp://[::1]:601', { transport: 'tcp', host: '::1', port: 601, ...STREAM }],
    ['tls://siem', { transport: 'tls', host: 'siem', port: 6514, ...STREAM, tls: TLS }],
  ] as const)('%s', (text, target) => {
    expect(parseSyslogUrl(text)).toEqual(target);
    expect(parseSyslogUrl(formatSyslogTarget(target))).toEqual(target);
  });

  test('parameters', () => {
    expect(parseSyslogUrl('tcp://siem?timeout=2s&framing=octet-counting')).toMatchObject({
      timeoutSeconds: 2,
      octetCounting: true,
    });
    expect(parseSyslogUrl('tcp://siem?ack=3s&max=8KiB')).toMatchObject({ ackSeconds: 3, maxBytes: 8192 });
    expect(parseSyslogUrl('tls://siem?ack=none')).toMatchObject({ ackSeconds: null });
    expect(parseSyslogUrl('tcp://siem?timeout=1s')).toMatchObject({ timeoutSeconds: 1, ackSeconds: 1 });
    expect(parseSyslogUrl('udp://siem?max=1400')).toMatchObject({ maxBytes: 1400 });
    expect(parseSyslogUrl('tls://siem?ca=/ca&cert=/cert&key=/key&verify=ca')).toMatchObject({
      tls: { ...CERTIFICATES, verifyHost: false },
    });
  });

  test.each([
    ['udp://siem?timeout=2s', /parameter/],
    ['tcp://siem?ca=/ca', /parameter/],
    ['tcp://siem?timeout=soon', /timeout/],
    ['tcp://siem?framing=none', /framing/],
    ['udp://siem?ack=2s', /parameter/],
    ['tcp://siem?ack=soon', /ack/],
    ['tcp://siem?ack=20s', /ack longer than its timeout/],
    ['udp://siem?max=479', /max .*480 to 65507/],
    ['tcp://siem?max=1MB', /max/],
    ['tcp://siem?max=none', /max/],
    ['tls://siem?verify=none', /verify/],
    ['tls://siem?cert=/cert', /has only one of cert and key/],
  ])('%s is refused in words', (text, words) => {
    expect(parseSyslogUrl(text)).toMatch(words);
  });

  test.each(['', 'siem', 'siem:514', '127.0.0.1:514', 'http://siem', 'udp://', 'udp://siem:0', 'udp://siem:99999'])(
    '%j is refused',
    (text) => {
      expect(parseSyslogUrl(text)).toMatch(/use udp:\/\//);
    },
  );

  test.each(['udp://siem/path', 'udp://siem?qxzzy=1', 'udp://siem#qxzzy', 'tcp://user:qxzzy@siem'])(
    '%s has more than a host and a port, which is not repeated',
    (text) => {
      expect(parseSyslogUrl(text)).toMatch(/is not a syslog receiver|parameter/);
      expect(parseSyslogUrl(text)).not.toContain('qxzzy');
    },
  );
});

test('facilities and severities have the numbers of RFC 5424', () => {
  expect(['kern', 'user', 'daemon', 'auth', 'authpriv', 'local0', 'local5', 'local7'].map(parseFacility)).toEqual([
    0, 1, 3, 4, 10, 16, 21, 23,
  ]);
  const severities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];
  expect(severities.map(parseSeverity)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([parseFacility('local8'), parseSeverity('fatal'), parseFacility('21'), parseSeverity('')]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
