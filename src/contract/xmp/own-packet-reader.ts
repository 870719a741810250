import { isAscii } from 'node:buffer';
import { OWN_PACKET } from './own-packet.ts';
import { decodeEntities } from './xml-entities.ts';
import { SIGHTLINE_PREFIX } from './xmp-namespace.ts';
import type { XmpProperties, XmpValue } from './xmp-value.ts';

const START = Buffer.from(OWN_PACKET.start);
const PREFIX = SIGHTLINE_PREFIX;
/** A whole property that is a text, or the opening tags of a structure or a list. */
const FIELD = new RegExp(
  `<${PREFIX}:([A-Za-z]\\w*)(?:>([^<]*)</${PREFIX}:\\1>|(${OWN_PACKET.structure})>|><rdf:Seq>)`,
  'y',
);
const ITEM = /<rdf:li>([^<]+)<\/rdf:li>/y;
const TEXT = /[^<]*/y;

/**
 * The properties of a packet that is spelt exactly as our writer spells it, many times faster than by a parser of XML; undefined
 * for any other, which then needs that parser. Where both read a packet they give the same.
 */
export function readOwnPacket(bytes: Buffer): XmpProperties | undefined {
  if (!START.equals(bytes.subarray(0, START.length))) return undefined;
  const cursor = new Cursor(bytes, START.length);
  const properties = cursor.passHead() ? readFields(cursor, { isNested: false }) : undefined;
  return cursor.pass(OWN_PACKET.end) && cursor.isAtEnd ? properties : undefined;
}

/** One property or more: a line each, or, in a structure, without a break and nothing but texts. */
function readFields(cursor: Cursor, { isNested }: { isNested: boolean }): XmpProperties | undefined {
  const fields: Record<string, XmpValue> = Object.create(null);
  for (let isFirst = true; ; isFirst = false) {
    const found = cursor.match(FIELD);
    if (!found) return isFirst ? undefined : fields;
    const [, name = '', text, structure] = found;
    if (text === undefined && isNested) return undefined;
    const value = text !== undefined ? cursor.decode(text) : readNested(cursor, name, structure !== undefined);
    // What a name means that is there twice is for a parser to say.
    if (value === undefined || fields[name] !== undefined || !cursor.pass(isNested ? '' : '\n')) return undefined;
    fields[name] = value;
  }
}

function readNested(cursor: Cursor, name: string, isStructure: boolean): XmpValue | undefined {
  const value = isStructure ? readFields(cursor, { isNested: true }) : readItems(cursor);
  return cursor.pass(isStructure ? `</${PREFIX}:${name}>` : `</rdf:Seq></${PREFIX}:${name}>`) ? value : undefined;
}

function readItems(cursor: Cursor): readonly string[] | undefined {
  const items: string[] = [];
  for (let found = cursor.match(ITEM); found; found = cursor.match(ITEM)) items.push(cursor.decode(found[1] ?? ''));
  // An empty item is none when it stands alone, and one among others.
  return items.includes('') ? undefined : items;
}

/** A place in a packet; it moves past what is read. */
class Cursor {
  readonly #packet: string;
  readonly #isPlain: boolean;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    // A character a byte: tags are ASCII, and nothing else in UTF-8 looks like them.
    this.#packet = bytes.toString('latin1');
    this.#isPlain = isAscii(bytes.subarray(at));
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#packet.length;
  }

  /** The date and the tool, which are in the properties again. XML takes a carriage return for a line feed; we write none. */
  passHead(): boolean {
    const { afterDate, afterTool } = OWN_PACKET;
    this.match(TEXT);
    if (this.#packet.includes('\r') || !this.pass(afterDate)) return false;
    this.match(TEXT);
    return this.pass(afterTool);
  }

  pass(text: string): boolean {
    const isThere = this.#packet.startsWith(text, this.#at);
    if (isThere) this.#at += text.length;
    return isThere;
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#packet);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  decode(text: string): string {
    return decodeEntities((this.#isPlain ? text : Buffer.from(text, 'latin1').toString('utf8')).trim());
  }
}
