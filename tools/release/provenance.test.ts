import { expect, test } from 'vitest';
import { provenance } from './provenance.mjs';

test.each([
  [{ GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: 'a', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'b' }, true, 'GitHub'],
  [{ GITLAB_CI: 'true', SIGSTORE_ID_TOKEN: 'a' }, true, 'GitLab'],
  [{ GITHUB_ACTIONS: 'true' }, false, 'without provenance: the job has no identity token; give it "permissions'],
  [{ GITLAB_CI: 'true' }, false, 'define SIGSTORE_ID_TOKEN'],
  [{}, false, 'this is not GitHub Actions or GitLab'],
])('%j', (environment, possible, said) => {
  const found = provenance(environment);
  expect(found.possible).toBe(possible);
  expect(found.said).toContain(said);
});
