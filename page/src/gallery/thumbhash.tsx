import { memo } from "./memo";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { thumbHashToRGBA } from "thumbhash";

interface Decoded {
  width: number;
  height: number;
  pixels: Uint8ClampedArray<ArrayBuffer>;
}

const KEPT = 2000;
const decoded = new Map<string, Decoded | null>();

/** The placeholder of an image, which is there without a request. It is a canvas, because that is painted at once. */
export const Thumbhash = memo(({ hash }: { hash: string | null }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const found = hash ? decode(hash) : null;
    if (!found || !canvas.current) return;
    canvas.current.width = found.width;
    canvas.current.height = found.height;
    canvas.current.getContext("2d")?.putImageData(new ImageData(found.pixels, found.width, found.height), 0, 0);
  }, [hash]);
  return <canvas ref={canvas} width={1} height={1} aria-hidden="true" />;
});

/** Milliseconds in which a file that is loaded fades in, and some more. */
const FADING = 250;

/** Whether a file has covered its placeholder. That must go then: it would show through, and slow scrolling down. */
export function useCovered(isLoaded: boolean): boolean {
  const [isCovered, setCovered] = useState(false);
  useEffect(() => {
    if (!isLoaded) return;
    const timer = setTimeout(() => setCovered(true), FADING);
    return () => clearTimeout(timer);
  }, [isLoaded]);
  return isCovered;
}

function decode(hash: string): Decoded | null {
  let found = decoded.get(hash);
  if (found === undefined) {
    found = read(hash);
    if (decoded.size >= KEPT) decoded.clear();
    decoded.set(hash, found);
  }
  return found;
}

function read(hash: string): Decoded | null {
  try {
    const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(hash), (each) => each.charCodeAt(0)));
    return { width: w, height: h, pixels: new Uint8ClampedArray(rgba) };
  } catch {
    return null;
  }
}
