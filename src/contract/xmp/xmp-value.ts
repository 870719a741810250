/** A value in an XMP packet: text, a structure, or an array. */
export type XmpValue = string | readonly XmpValue[] | { readonly [name: string]: XmpValue };

/** The properties of one packet, by their names without the prefix. It has no prototype: a property may be called __proto__. */
export type XmpProperties = Readonly<Record<string, XmpValue>>;
