// Stores a file, lists images, replaces the image by another file, downloads a variant, and deletes it.
// Needs Node 18 or later: node tour.mjs FILE OTHER
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";

const { CALOTYPE_SERVER, CALOTYPE_TOKEN } = process.env;
const [file, other] = process.argv.slice(2);

async function ask(method, path, { headers, ...options } = {}) {
  const answer = await fetch(CALOTYPE_SERVER + path, {
    method,
    headers: { Authorization: `Token ${CALOTYPE_TOKEN}`, ...headers },
    signal: AbortSignal.timeout(120_000),
    ...options,
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.headers.get("Calotype-Error")}`);
  return answer;
}

async function form(name) {
  const body = new FormData();
  body.append("original", new Blob([await readFile(name)]), basename(name));
  return body;
}

// With this key, the upload can be sent again after an error of the network: it is stored once.
const once = { "Idempotency-Key": randomUUID() };
const { id } = await (await ask("POST", "/image/", { body: await form(file), headers: once })).json();
console.log("stored", id);
const { count } = await (await ask("GET", "/image/?limit=1&ordering=-created_at")).json();
console.log("listed", count);
await ask("PUT", `/image/${id}/`, { body: await form(other) });
console.log("replaced", id);
await ask("GET", `/image/${id}/?wait=60`); // until the variants are made
const small = new Uint8Array(await (await ask("GET", `/image/${id}/small/`)).arrayBuffer());
await writeFile("small.img", small);
console.log("downloaded", small.length);
await ask("DELETE", `/image/${id}/`);
console.log("deleted", id);
