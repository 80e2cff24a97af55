// Admission control: accepts new requests while the server has time and memory for them.
import { RequestError } from '../http/requestError';
import { createSpeed } from './speed';

export interface QueueLimits {
  /** A new request is rejected if the waiting ones need longer at the measured speed. */
  waitSeconds: number;
  /** Bytes of bodies and answers in memory; a request may exceed it if it is alone. */
  heldBytes: number;
}

export interface Admission {
  /**
   * Returns the error for `bytes` more if time or memory is too short for them.
   * @param own bytes that the same request holds already
   */
  rejection(bytes: number, own: number): RequestError | undefined;
  /** Counts bytes held outside the queue: positive when they arrive, negative when they are released. */
  hold(bytes: number): void;
  /** Counts a request that joins the queue. */
  enter(bytes: number): void;
  /** Counts a request that leaves the queue. */
  leave(bytes: number): void;
  /** Counts time that went into requests. */
  worked(milliseconds: number): void;
}

export function createAdmission(limits: QueueLimits): Admission {
  let waitingBytes = 0;
  let heldBytes = 0;
  const speed = createSpeed();
  return {
    rejection(bytes, own) {
      const seconds = waitingBytes * speed.secondsPerByte();
      const isFull = heldBytes > own && heldBytes + bytes > limits.heldBytes;
      if (seconds <= limits.waitSeconds && !isFull) return undefined;
      return new RequestError(
        503,
        'Too many requests are queued. Retry this one after the Retry-After delay.',
        Math.max(1, Math.ceil(seconds)),
      );
    },
    hold(bytes) {
      heldBytes += bytes;
    },
    enter(bytes) {
      waitingBytes += bytes;
      heldBytes += bytes;
    },
    leave(bytes) {
      waitingBytes -= bytes;
      heldBytes -= bytes;
      speed.finished(bytes);
    },
    worked: speed.worked,
  };
}
