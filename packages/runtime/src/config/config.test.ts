import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { z } from 'zod';
import { type ConfigSources, environmentName, fileKey, loadConfig } from './index.ts';

const schema = z.object({
  web: z.string().optional(),
  runAs: z.string().max(32).optional(),
  outboundPort: z.number().int().min(1).max(65_535).optional(),
  fileRoots: z.array(z.string()).max(8).default(['/']),
  approve: z.boolean().default(false),
  ports: z.array(z.number()).optional(),
});

const base = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
after(() => rmSync(base, { recursive: true }));
let count = 0;

/** Loads from a folder with this `config.yaml`. */
function load(yaml: string | undefined, sources: ConfigSources = {}): z.output<typeof schema> {
  count += 1;
  const folder = join(base, String(count));
  mkdirSync(folder);
  if (yaml !== undefined) writeFileSync(join(folder, 'config.yaml'), yaml);
  return loadConfig(schema, { folder, env: {}, ...sources });
}

describe('the configuration', () => {
  it('has the defaults where nothing is said, with and without a file', () => {
    for (const yaml of [undefined, '', '# nothing yet\n']) {
      assert.deepEqual(load(yaml), { fileRoots: ['/'], approve: false });
    }
  });

  it('takes flags over environment over file', () => {
    const yaml = 'web: file\nrun-as: file\noutbound-port: 1\n';
    const env = { SALLYPORT_WEB: 'environment', SALLYPORT_RUN_AS: 'environment' };
    const flags = { web: 'flag', runAs: undefined };
    assert.deepEqual(load(yaml, { env, flags }), {
      web: 'flag',
      runAs: 'environment',
      outboundPort: 1,
      fileRoots: ['/'],
      approve: false,
    });
  });

  it('reads text as the setting wants it: a number, true, a list', () => {
    const env = {
      SALLYPORT_OUTBOUND_PORT: '443',
      SALLYPORT_APPROVE: 'true',
      SALLYPORT_FILE_ROOTS: '/srv, /home',
      SALLYPORT_WEB: '8080',
      SALLYPORT_PORTS: '443,22',
    };
    assert.deepEqual(load(undefined, { env }), {
      outboundPort: 443,
      approve: true,
      fileRoots: ['/srv', '/home'],
      web: '8080',
      ports: [443, 22],
    });
    assert.deepEqual(load('', { flags: { ports: '443' } }).ports, [443]);
  });

  it('names the line and the neighbour of a key that it does not know', () => {
    assert.throws(
      () => load('# comment\nweb: x\nrun_as: me\n'),
      (error: Error & { code?: string; details?: object }) => {
        assert.equal(error.code, 'config-key-unknown');
        assert.match(error.message, /config\.yaml, line 3: there is no setting "run_as"/);
        assert.equal((error.details as { neighbour: string }).neighbour, 'run-as');
        return true;
      },
    );
    assert.throws(() => load('runAs: me\n'), { code: 'config-key-unknown' });
  });

  it('names the neighbour of a variable that is a slip of the pen, and leaves those of other programs alone', () => {
    assert.throws(() => load('', { env: { SALLYPORT_RUNAS: 'me' } }), {
      code: 'config-key-unknown',
      message: /SALLYPORT_RUNAS/,
    });
    load('', {
      env: { SALLYPORT_DATA: '/x', SALLYPORT_OTP: '1', SALLYPORT_DATABASE_URL: 'x', PATH: '/bin' },
    });
  });

  const wrong: [name: string, yaml: string, message: RegExp][] = [
    [
      'a text for a number',
      'web: x\noutbound-port: fast\n',
      /line 2: "outbound-port" is not right: .*number/,
    ],
    ['a number out of bounds', 'outbound-port: 70000\n', /line 1: "outbound-port".*65535/],
    ['a number for a text', 'web: 8080\n', /"web" is not right: .*string/],
    ['one text for a list', 'file-roots: /srv\n', /"file-roots" is not right: .*array/],
    [
      'a number in a list of texts',
      'file-roots:\n  - /srv\n  - 7\n',
      /"file-roots" is not right: 1: .*string/,
    ],
    ['a text for true or false', 'approve: "yes"\n', /"approve" is not right: .*boolean/],
  ];
  for (const [name, yaml, message] of wrong) {
    it(`refuses ${name}`, () => assert.throws(() => load(yaml), { code: 'config-value-invalid', message }));
  }

  it('says which flag or variable is wrong', () => {
    assert.throws(() => load('', { flags: { outboundPort: 'fast' } }), {
      code: 'flag-value-invalid',
      message: /^--outbound-port is not right: /,
    });
    assert.throws(() => load('', { env: { SALLYPORT_OUTBOUND_PORT: '0' } }), {
      message: /^environment variable SALLYPORT_OUTBOUND_PORT: .*>=1/,
    });
  });

  const unreadable: [name: string, yaml: string, message: RegExp][] = [
    ['what is no YAML', 'web: "x\n', /Missing closing "quote/],
    ['a list', '- web\n', /not a list of "key: value"/],
    ['the same key twice', 'web: a\nweb: b\n', /keys must be unique/],
    ['an alias', 'file-roots: [&a /srv, *a]\n', /it uses aliases/],
    ['a bomb of aliases', 'web: &a [x, x]\nrun-as: &b [*a, *a]\nports: [*b, *b]\n', /it uses aliases/],
    ['a file that is too large', `# ${'x'.repeat(70_000)}\n`, /larger than 65536 bytes/],
  ];
  for (const [name, yaml, message] of unreadable) {
    it(`refuses ${name}`, () => assert.throws(() => load(yaml), { code: 'config-unreadable', message }));
  }

  it('that cannot be read says so', () => {
    const folder = join(base, 'folder-for-a-file');
    mkdirSync(join(folder, 'config.yaml'), { recursive: true });
    assert.throws(() => loadConfig(schema, { folder, env: {} }), { code: 'config-unreadable' });
  });
});

describe('the spellings of a setting', () => {
  it('belong together', () => {
    assert.equal(fileKey('runAs'), 'run-as');
    assert.equal(environmentName('databaseUrl'), 'SALLYPORT_DATABASE_URL');
  });
});
