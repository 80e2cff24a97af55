// Random numbers (SplitMix64: Steele, Lea and Flood, 2014, OOPSLA), the same for the same seed.

let state: u64 = 0;

/** Sets the seed. @param seed a whole number from 0 */
export function seedRandom(seed: f64): void {
  state = <u64>seed;
}

/** Returns a number in [0, 1) with 24 random bits. */
export function fraction(): f32 {
  return <f32>(next() >> 40) * <f32>(1.0 / 16_777_216.0);
}

/** A whole number in [0, below). */
export function integer(below: usize): usize {
  return <usize>(((next() >> 32) * <u64>below) >> 32);
}

function next(): u64 {
  state += 0x9e3779b97f4a7c15;
  let bits = state;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}
