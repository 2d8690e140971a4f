import type { Image } from "../api/objects";

/** The files that this tab has uploaded, by the image and its version; the browser keeps their bytes on the disk. */
const files = new Map<string, File>();

function version(image: Image): string {
  // Not the digest: a large PNG is packed again by a job, and is still the same upload.
  return `${image.id} ${image.uploaded_size}`;
}

export function remember(image: Image, file: File): void {
  if (image.uploaded_size === file.size) files.set(version(image), file);
}

/** The upload of this image, if this tab made it. */
export function uploadOf(image: Image): File | null {
  return files.get(version(image)) ?? null;
}

export function forgetAll(): void {
  files.clear();
}
