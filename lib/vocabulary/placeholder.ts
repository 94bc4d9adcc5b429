const shapes = [
  /replace[_-]?me/i,
  /change[_-]?(?:me|it)/i,
  /<[^<>]*>/,
  /(?:^|[@./])example\.(?:com|org|net)(?:$|[:/])/i,
  /\b(?:todo|tbd|fixme|dummy|placeholder)\b/i,
  /^x{3,}$/i,
  /\$\{[^}]*\}|\{\{[^}]*\}\}/,
];

/**
 * Whether a text stands for a value that somebody meant to fill in: `REPLACE_ME…`, `CHANGEME`, `<…>`,
 * `example.com`, an unresolved `${…}`. Such a value is present but means nothing, so it counts as missing.
 */
export function isPlaceholder(text: string): boolean {
  return shapes.some((shape) => shape.test(text.trim()));
}
