// @ts-check

/**
 * Whether npm can prove where a release was built: it needs an identity token, which GitHub Actions (with `permissions: id-token: write`) and GitLab
 * (with `SIGSTORE_ID_TOKEN`) offer.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @returns {{ readonly possible: boolean, readonly said: string }}
 */
export function provenance(environment) {
  if (environment['ACTIONS_ID_TOKEN_REQUEST_URL'] && environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'])
    return { possible: true, said: 'Packages are published with provenance, signed by GitHub Actions.' };
  if (environment['GITLAB_CI'] && environment['SIGSTORE_ID_TOKEN'])
    return { possible: true, said: 'Packages are published with provenance, signed by GitLab.' };
  const why = environment['GITHUB_ACTIONS']
    ? 'the job has no identity token; give it "permissions: id-token: write"'
    : environment['GITLAB_CI']
      ? 'the job has no identity token; define SIGSTORE_ID_TOKEN under id_tokens'
      : 'this is not GitHub Actions or GitLab';
  return { possible: false, said: `Packages are published without provenance: ${why}.` };
}
