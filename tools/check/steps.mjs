// @ts-check

/** The steps of `npm run check`: targets of Nx, and what they check. @type {Readonly<Record<string, string>>} */
export const steps = {
  build: 'build',
  typecheck: 'types of tests and tools',
  'readme-types': 'types of README examples',
  declarations: 'declarations without skipLibCheck',
  'api-reference': 'API reference',
  format: 'format',
  lint: 'lint',
  wording: 'wording',
  architecture: 'architecture',
  unused: 'unused files, exports and dependencies',
  lockfile: 'lockfile without addresses',
  advisories: 'known vulnerabilities of dependencies',
  licences: 'licences of what users install',
  pack: 'pack',
  publint: 'publint',
  attw: 'are the types wrong',
  alone: 'each package alone',
};
