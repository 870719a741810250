/** What a device or a camera may be called: it becomes a topic level and a part of an object key. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,47}$/;

/** Camera of every bare image: nothing else is known of where it came from. */
export const BARE_CAMERA = 'bare';

export function isName(text: string): boolean {
  return NAME_PATTERN.test(text);
}

/**
 * Makes a host name or file name fit NAME_PATTERN: lower case, other characters become single hyphens.
 * Returns undefined when nothing usable is left.
 */
export function toName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 48)
    .replace(/-+$/, '');
  return isName(name) ? name : undefined;
}
