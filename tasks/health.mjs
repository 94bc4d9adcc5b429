// What a service's container asks itself, without a shell: is it well? Exit 0 or 1, and nothing to read.
const url = `http://127.0.0.1:${process.env.PORT ?? ''}/health`;
const well = await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
  (response) => response.ok,
  () => false,
);
process.exit(well ? 0 : 1);
