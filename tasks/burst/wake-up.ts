/** A wait that ends with its time or when somebody wakes it, whichever is first. */
export class WakeUp {
  #wake: (() => void) | undefined;
  #woken = false;

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Returns at once when it was woken since the last wait. */
  async wait(millis: number): Promise<void> {
    if (!this.#woken && millis > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, millis);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#woken = false;
  }
}
