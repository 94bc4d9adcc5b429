// Preloaded into a process (`--import`): its wall clock jumps an hour ahead, then two hours back, again
// and again, as a machine's does when somebody sets it. Monotonic clocks are left alone.
const RealDate = Date;
const hour = 3_600_000;
const everyMillis = 400;
const began = performance.now();

const offset = () => {
  const jumps = Math.floor((performance.now() - began) / everyMillis);
  return jumps === 0 ? 0 : jumps % 2 === 1 ? hour : -hour;
};

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offset());
    else super(...given);
  }
  static now() {
    return RealDate.now() + offset();
  }
};
