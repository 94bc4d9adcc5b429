/** Bytes as people read them: `640 KiB`, `1.9 MiB`, `148 MiB`, `2.1 GiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.round(bytes / 2 ** 10)} KiB`;
  const [unit, size] = bytes < 2 ** 30 ? ['MiB', bytes / 2 ** 20] : ['GiB', bytes / 2 ** 30];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}
