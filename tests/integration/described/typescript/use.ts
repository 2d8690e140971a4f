// Stores, lists, shows, replaces and deletes an image: node use.js ADDRESS TOKEN FILE OTHER_FILE
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

const [address, token, file, other] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });

// openapi-typescript makes a string of a binary field, so the file replaces the typed body here.
function upload(field: "original" | "image", path: string) {
  const form = new FormData();
  form.append(field, new Blob([readFileSync(path)], { type: "image/png" }), "sample.png");
  return { body: { [field]: path }, bodySerializer: () => form };
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const stored = await client.POST("/image", upload("original", file));
expect(stored.data !== undefined && stored.data.width === 200, "store");
const image: components["schemas"]["ImageObject"] = stored.data;
const path = { reference: String(image.id) };

const listed = await client.GET("/image", { params: { query: { ordering: "-created_at", limit: 5 } } });
expect(listed.data?.results.length === 1 && listed.data.results[0].id === image.id, "list");

const replaced = await client.PATCH("/image/{reference}", { params: { path }, ...upload("image", other) });
expect(replaced.data?.id === image.id && replaced.data.width === 90, "replace");

const shown = await client.GET("/image/{reference}", { params: { path } });
expect(typeof shown.data === "object" && shown.data.width === 90, "show");
const opened = await fetch(shown.data.original);
expect(opened.headers.get("Content-Type") === "image/png", "open");

const refused = await client.POST("/image", upload("image", process.argv[1]));
expect(refused.response.status === 422 && refused.error !== undefined && "image" in refused.error, "refuse");

const deleted = await client.DELETE("/image/{reference}", { params: { path } });
expect(deleted.response.status === 204, "delete");
const gone = await client.GET("/image/{reference}", { params: { path } });
expect(gone.response.status === 404, "gone");
console.log("done");
