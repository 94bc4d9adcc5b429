/** Writes lines to the log of this process. What the disk does not take is lost: complaining of a full one must not end the cloud. */
export function openServerLog(stream: NodeJS.WritableStream): (line: string) => void {
  stream.on('error', () => undefined);
  return (line) => void stream.write(`${new Date().toISOString()} ${line}\n`);
}
