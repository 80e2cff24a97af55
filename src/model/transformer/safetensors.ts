// Reads tensors from a safetensors file: the header's length as an unsigned 64-bit number, the header as JSON, then the
// numbers, little-endian. Format: https://huggingface.co/docs/safetensors, "Format".
import { type FileHandle, open } from 'node:fs/promises';
import { ArtifactFault } from '../../platform/errors';
import { findNonFinite } from '../../platform/finite';
import { sizeOf } from '../training/tensors';

/** The most bytes of a header that are read; that of a hundred tensors has ten thousand. */
const longestHeader = 2 ** 24;
const lengthBytes = 8;

/** Where a tensor's numbers are in the file. */
interface Place {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** An open safetensors file. */
export interface Safetensors {
  /** Shapes by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Reads a tensor of float32. Throws an `ArtifactFault` if it is missing, or of another shape or type. */
  read(name: string, shape: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens a file and checks its header. Throws an {@link ArtifactFault} that says what is wrong with it. */
export async function openSafetensors(path: string): Promise<Safetensors> {
  const file = await open(path);
  try {
    const places = await readHeader(file);
    return {
      shapes: new Map([...places].map(([name, { shape }]) => [name, shape])),
      read: (name, shape) => readTensor(file, name, { shape, place: places.get(name) }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: FileHandle): Promise<Map<string, Place>> {
  const { size } = await file.stat();
  if (size < lengthBytes) throw new ArtifactFault(`it has ${size} bytes, too few for a safetensors file`);
  const length = Number((await readBytes(file, 0, lengthBytes)).readBigUInt64LE());
  const start = lengthBytes + length;
  if (length > longestHeader || start > size) {
    throw new ArtifactFault(
      `its header would have ${length} bytes: it is cut off, or not a safetensors file`,
    );
  }
  const header = parseHeader(await readBytes(file, lengthBytes, length));
  const places = new Map<string, Place>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') places.set(name, placeOf(name, entry, start));
  }
  checkCover([...places.values()], start, size);
  return places;
}

function parseHeader(bytes: Buffer): object {
  try {
    const header: unknown = JSON.parse(bytes.toString());
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header;
  } catch {
    // Reported below.
  }
  throw new ArtifactFault('its header is not a JSON object');
}

function placeOf(name: string, entry: unknown, start: number): Place {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw new ArtifactFault(`the entry of ${name.slice(0, 60)} in its header is malformed`);
  }
  const [begin, end] = offsets as [number, number];
  return { dtype, shape, begin: start + begin, end: start + end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Throws an {@link ArtifactFault} unless the tensors follow each other from the header to the file's end. */
function checkCover(places: readonly Place[], start: number, size: number): void {
  let end = start;
  for (const place of [...places].sort((one, other) => one.begin - other.begin || one.end - other.end)) {
    if (place.begin !== end || place.end < end) {
      throw new ArtifactFault('its tensors overlap or leave gaps');
    }
    end = place.end;
  }
  if (end !== size) throw new ArtifactFault(`it has ${size} bytes, and its header describes ${end}`);
}

async function readTensor(
  file: FileHandle,
  name: string,
  { shape, place }: { shape: readonly number[]; place: Place | undefined },
): Promise<Float32Array> {
  if (!place) throw new ArtifactFault(`it has no tensor ${name}`);
  if (place.dtype !== 'F32')
    throw new ArtifactFault(`${name} is ${place.dtype} instead of F32; save the model as float32`);
  if (place.shape.join() !== shape.join()) {
    throw new ArtifactFault(`${name} is [${place.shape.join(', ')}] instead of [${shape.join(', ')}]`);
  }
  const values = new Float32Array(sizeOf(shape));
  if (place.end - place.begin !== values.byteLength) {
    throw new ArtifactFault(`${name} has ${place.end - place.begin} bytes instead of ${values.byteLength}`);
  }
  const bytes = await readBytes(file, place.begin, values.byteLength);
  new Uint8Array(values.buffer).set(bytes);
  const wrong = findNonFinite(values);
  if (wrong >= 0) throw new ArtifactFault(`number ${wrong} of ${name} is ${values[wrong]}`);
  return values;
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new ArtifactFault('it became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
