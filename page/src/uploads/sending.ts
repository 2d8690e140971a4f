import { type Failure, refusalOf, Unreachable } from "../api/refusal";
import type { Image } from "../api/objects";
import { ACCEPT } from "../api/requests";

export interface Sending {
  answer: Promise<Image>;
  cancel: () => void;
}

export interface Upload {
  file: File;
  /** The image that the file replaces; null for a new image. */
  replaces: number | null;
  /** What makes it certain that the file is stored once, however often it is sent. */
  key: string;
  token: string;
}

/** Seconds without progress after which a connection counts as lost: the service may wait a minute for an image worker. */
const STALLED = 120;

/**
 * Send one file as the body of a request. `XMLHttpRequest` is used because `fetch` does not tell the progress.
 *
 * The answer is rejected with `Refusal` or `Unreachable`, and never settled after `cancel`.
 */
export function send(upload: Upload, onProgress: (share: number) => void): Sending {
  const sent = new XMLHttpRequest();
  let watch = 0;
  const answer = new Promise<Image>((resolve, reject: (failure: Failure) => void) => {
    const stillAlive = () => {
      clearTimeout(watch);
      watch = window.setTimeout(() => {
        sent.onabort = () => reject(new Unreachable());
        sent.abort();
      }, STALLED * 1000);
    };
    const name = encodeURIComponent(upload.file.name);
    const isNew = upload.replaces === null;
    sent.open(isNew ? "POST" : "PUT", isNew ? `image/?name=${name}` : `image/${upload.replaces}/?name=${name}`);
    sent.setRequestHeader("Authorization", `Token ${upload.token}`);
    sent.setRequestHeader("Accept", ACCEPT);
    sent.setRequestHeader("Content-Type", "application/octet-stream");
    if (isNew) sent.setRequestHeader("Idempotency-Key", upload.key);
    sent.upload.onprogress = (event) => {
      stillAlive();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    sent.onerror = () => reject(new Unreachable());
    sent.onload = () => {
      if (sent.status >= 200 && sent.status < 300) {
        try {
          resolve(JSON.parse(sent.responseText) as Image);
        } catch {
          reject(new Unreachable());
        }
      } else {
        reject(refusalOf(sent.status, sent.responseText, sent.getResponseHeader("Retry-After")));
      }
    };
    sent.onloadend = () => clearTimeout(watch);
    stillAlive();
    sent.send(upload.file);
  });
  return { answer, cancel: () => sent.abort() };
}
