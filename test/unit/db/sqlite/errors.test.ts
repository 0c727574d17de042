import { expect, test } from 'vitest';
import { explainLoadError } from '../../../../src/db/sqlite/errors.ts';

const dlopenError = Object.assign(new Error("libc.so.6: version `GLIBC_2.38' not found"), {
  code: 'ERR_DLOPEN_FAILED',
});

test('a driver that Windows cannot load needs the runtime of Visual C++', () => {
  const { message } = explainLoadError(dlopenError, 'win32');
  expect(message).toMatch(/cannot be loaded; install the Microsoft Visual C\+\+ Redistributable \(https:/);
  expect(message).not.toContain('npm install');
});

test('elsewhere the loader says what is missing', () => {
  expect(explainLoadError(dlopenError, 'linux').message).toContain('cannot be loaded: libc.so.6: version');
});

test('one that is not there has to be installed', () => {
  const error = Object.assign(new Error("Cannot find module '@libsql/linux-x64-gnu'"), { code: 'MODULE_NOT_FOUND' });
  expect(explainLoadError(error, 'win32').message).toContain('npm install libsql');
});
