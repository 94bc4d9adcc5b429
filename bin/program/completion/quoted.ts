/** Text as one word of any of the shells that stands for itself. Pure. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
