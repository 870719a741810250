// What EC2's instance metadata service (version 2) says: one line `path=value` for each path that it knows. Runs inside the
// cloud image: `ask-metadata.js URL [PATH…]`. Without paths it only asks for a token. Exit codes: 0 it answers; 3 nobody
// answers; 4 it refuses.
const [base, ...paths] = process.argv.slice(2);

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(path, options) {
  // On EC2 the answer takes a millisecond; elsewhere nobody is there, and a person waits.
  return fetch(new URL(path, base), { ...options, signal: AbortSignal.timeout(2_000) });
}

try {
  const token = await ask('/latest/api/token', {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  if (!token.ok) process.exit(4);
  const headers = { 'x-aws-ec2-metadata-token': await token.text() };
  for (const path of paths) {
    const answer = await ask(`/latest/meta-data/${path}`, { headers });
    const value = answer.ok ? (await answer.text()).trim() : '';
    // Text from outside ends in a shell script: one line of harmless characters, or nothing.
    if (/^[\w.:/+=,@-]+$/.test(value)) process.stdout.write(`${path}=${value}\n`);
  }
} catch {
  process.exit(3);
}
