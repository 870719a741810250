import { z } from 'zod';

/** Control characters, and those that turn or hide what stands beside them: a terminal would obey them. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** A text from outside that is to be shown to a person: one line, at most so many characters, nothing that a terminal would obey. */
export function plainText(maxLength: number) {
  return z.string().transform((text) => toPlainText(text, maxLength));
}

/** Makes any text one line of printable characters; what is too long ends with «…». */
export function toPlainText(text: string, maxLength: number): string {
  // Cut before the look at each character: it may be very long.
  const plain = text
    .slice(0, maxLength * 2)
    .replace(UNPRINTABLE, ' ')
    .trim();
  const characters = [...plain];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : plain;
}
