/** A filter for the log, without the name of a group ($share/…): whoever knows that can take messages from the group. */
export function shownFilter(filter: string): string {
  return filter.replace(/^\$share\/[^/]*\//, '$share/***/');
}
