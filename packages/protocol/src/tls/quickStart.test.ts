import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';

/** The modules that a fresh process loads with `specifier`, as URLs. */
function loadedWith(specifier: string): string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({
      resolve(name, context, next) {
        const found = next(name, context);
        urls.push(found.url);
        return found;
      },
    });
    await import(${JSON.stringify(new URL(specifier, import.meta.url).href)});
    console.log(JSON.stringify(urls));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  );
}

describe('a program that only checks certificates', () => {
  for (const concept of ['./index.ts', '../identity/index.ts', '../enrolment/index.ts']) {
    it(`starts without the large module that writes them (${concept})`, () => {
      const urls = loadedWith(concept);
      assert.ok(urls.length > 5);
      assert.deepEqual(
        urls.filter((url) => /@peculiar|reflect-metadata|src\/issue\//.test(url)),
        [],
      );
    });
  }
});
