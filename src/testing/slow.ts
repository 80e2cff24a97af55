/**
 * Returns the reason to skip a test that takes long or installs something, unless SLOW_TESTS=1.
 * @param what why: a clause about the test, such as `it takes a minute`
 */
export function whySlow(what: string): string | false {
  return process.env.SLOW_TESTS !== '1' && `${what}; SLOW_TESTS=1 runs it, as .ci/run does`;
}
