/** One call as it goes over the wire. */
export type WireCall = {
  /** Name of the operation, without its service. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
};
export type WireAnswer = {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
};

/** An answer of JSON. */
export const json = (status: number, body: Record<string, unknown>): WireAnswer => ({
  status,
  body: JSON.stringify(body),
});
/** An error as the services word it. */
export const wireError = (status: number, type: string, message: string): WireAnswer =>
  json(status, { __type: type, message, Message: message });
