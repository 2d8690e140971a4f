import type { Account, Details, Image, Page } from "./objects";
import { request, requestJson } from "./requests";

/** As many images as the service puts on a page. */
export const PAGE_SIZE = 100;

/** Seconds that the service waits for the variants of an image. */
const WAIT = 10;

export async function logIn(username: string, password: string): Promise<string> {
  const sent = { method: "POST", json: { username, password }, token: "" };
  return (await requestJson<{ token: string }>("api/token/", sent)).token;
}

export function showAccount(token?: string): Promise<Account> {
  return requestJson<Account>("account/", token === undefined ? {} : { token });
}

export function listImages(query: URLSearchParams, signal: AbortSignal): Promise<Page> {
  return requestJson<Page>(`image/?${query}`, { signal });
}

export function showImage(id: number, signal?: AbortSignal): Promise<Image> {
  return requestJson<Image>(`image/${id}/`, signal ? { signal } : {});
}

/** The image as soon as none of its variants is pending, or after some seconds. */
export function awaitVariants(id: number): Promise<Image> {
  return requestJson<Image>(`image/${id}/?wait=${WAIT}`);
}

export function changeDetails(id: number, change: Partial<Details>): Promise<Image> {
  return requestJson<Image>(`image/${id}/`, { method: "PATCH", json: change });
}

export async function deleteImage(id: number, keepalive = false): Promise<void> {
  await request(`image/${id}/`, { method: "DELETE", keepalive });
}
