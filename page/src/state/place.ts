import { computed, signal } from "@preact/signals";

/** Where the user is: the image that is shown large, and the filters of the list. It is kept in the fragment of the URL. */
const place = signal(read());

function read(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

addEventListener("hashchange", () => (place.value = read()));

/** Set members of the place; an empty text removes one. `replace`: whether the way back leads past the present place. */
export function go(changes: Record<string, string>, replace = false): void {
  const next = new URLSearchParams(place.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  if (`${next}` === `${place.value}`) return;
  const url = `${location.pathname}${location.search}${next.size ? `#${next}` : ""}`;
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  place.value = next;
}

addEventListener("popstate", () => (place.value = read()));

export const openId = computed(() => Number(place.value.get("image") ?? "") || null);

/** The parameters of the list, by the names that the service gives them. */
export const FILTERS = ["search", "tag", "type", "public", "ordering", "created_after", "created_before", "min_width", "min_height", "min_size", "max_size"] as const;
export type Filter = (typeof FILTERS)[number];

export const filters = computed(() => {
  const found = new URLSearchParams();
  for (const name of FILTERS) {
    const value = place.value.get(name);
    if (value) found.set(name, value);
  }
  return `${found}`;
});

export function filterOf(name: Filter): string {
  return place.value.get(name) ?? "";
}
