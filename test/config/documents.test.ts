import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/config/catalog.ts';
import { configurationDoc, envExample, manifestEnv, manifestUserConfig } from '../../src/config/documents.ts';
import { loadConfig } from '../../src/config/index.ts';

const nowhere = { packageRoot: '/nowhere', configDir: '/nowhere' };

describe('every setting', () => {
  it.each(catalog())('$name is described once, in a sentence, in both documents', ({ name, description, expects }) => {
    expect(description).toMatch(/^[A-Z].*[A-Za-z.`)]\.$/);
    expect(expects).not.toMatch(/\.$/);
    expect(envExample().split(`#${name}=`)).toHaveLength(2);
    expect(configurationDoc().split(`| \`${name}\` |`)).toHaveLength(2);
  });

  it('that holds a credential is secret', () => {
    const secret = catalog().filter((setting) => setting.secret);
    expect(secret.map(({ name }) => name)).toEqual([
      'AZURE_CLIENT_SECRET',
      'AZURE_CLIENT_CERTIFICATE_PASSWORD',
      'ENTRA_MCP_NOTIFY_URL',
      'ENTRA_MCP_DATABASE_URL',
      'ENTRA_MCP_SYNC_SECRET',
    ]);
  });
});

describe('.env.example', () => {
  it('changes nothing as it is, and nothing with its defaults uncommented', () => {
    const uncommented = envExample().replaceAll(/^#(?=[A-Z_]+=)/gm, '');
    const values = parseEnv(uncommented);
    expect(new Set(Object.keys(values))).toEqual(new Set(catalog().map(({ name }) => name)));
    const { origin: _, ...config } = loadConfig({ ...nowhere, env: values });
    const { origin: __, ...plain } = loadConfig({ ...nowhere, env: parseEnv(envExample()) });
    expect(config).toEqual(plain);
  });
});

describe('the manifest', () => {
  it('asks for each value that its server gets, and hides the secret ones', () => {
    const asked = manifestUserConfig();
    const references = Object.values(manifestEnv()).map((text) => /^\$\{user_config\.(\w+)\}$/.exec(text)?.[1]);
    expect(references).toEqual(Object.keys(asked));
    expect(asked['client_secret']).toMatchObject({ type: 'string', sensitive: true, required: false });
    expect(asked['read_only']).toMatchObject({ type: 'boolean', default: false });
    expect(asked['tenant_id']).not.toHaveProperty('sensitive');
  });

  it('works where the user gave nothing: the references stay as they are', () => {
    expect(loadConfig({ ...nowhere, env: manifestEnv() }).auth).toBe('unset');
  });
});
