/** An error of an AWS API: its name goes over the wire as `__type`, with status 400 unless said otherwise. */
export class CloudError extends Error {
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = type;
    this.status = status;
  }
}
