import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { AccountPanel } from "../account/account_panel";
import { Filters } from "./filters";
import { SelectionBar } from "./selection_bar";
import { count } from "../gallery/listing";
import { selected } from "../gallery/selection";
import { Person, Search, Sliders } from "../icons";
import { filterOf, filters, go } from "../state/place";
import { text } from "../text/text";
import { AddButton } from "../uploads/receiving";
import { useMenu } from "./menu";

/** Milliseconds without a key after which a search begins. */
const TYPING = 250;

/** What is above the images: search, filters, uploads, account; or what can be done with the selected ones. */
export function Top() {
  const hasFilters = useSignal(false);
  const account = useMenu();
  return (
    <header class="top">
      <a class="skip" href="#images" onClick={skip}>
        {text.value.skip}
      </a>
      {selected.value.size > 0 ? (
        <SelectionBar />
      ) : (
        <div class="bar">
          <h1 class="wordmark">Calotype</h1>
          <SearchField />
          <button type="button" class="plain" aria-expanded={hasFilters.value} aria-controls="filters" onClick={() => (hasFilters.value = !hasFilters.value)}>
            <Sliders />
            <span class="label">{text.value.filters}</span>
          </button>
          <AddButton />
          <div class="menu" ref={account.root}>
            <button type="button" class="plain" aria-expanded={account.isOpen.value} aria-label={text.value.menu} onClick={account.toggle}>
              <Person />
            </button>
            {account.isOpen.value && <AccountPanel />}
          </div>
        </div>
      )}
      {hasFilters.value && <Filters />}
      <p class="count" role="status">
        {count.value === null ? "" : text.value.images(count.value)}
        {filters.value.replace(/(^|&)ordering=[^&]*/, "") && (
          <button type="button" class="quiet" onClick={clearFilters}>
            {text.value.clearFilters}
          </button>
        )}
      </p>
    </header>
  );
}

// By hand, because the fragment of the URL is where the filters are.
function skip(event: Event): void {
  event.preventDefault();
  (document.querySelector<HTMLElement>('.tile[tabindex="0"]') ?? document.getElementById("images"))?.focus();
}

export function clearFilters(): void {
  const names = [...new URLSearchParams(filters.value).keys()].filter((each) => each !== "ordering");
  go(Object.fromEntries(names.map((each) => [each, ""])));
}

function SearchField() {
  const timer = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = (event.target as Element).closest("input, textarea, select, dialog");
      if (event.key !== "/" || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const stated = filterOf("search");
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = stated;
  }, [stated]);
  return (
    <label class="search">
      <Search />
      <input
        ref={field}
        type="search"
        aria-label={text.value.search}
        placeholder={text.value.search}
        maxLength={255}
        defaultValue={stated}
        onInput={(event) => {
          const { value } = event.currentTarget;
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => go({ search: value.trim() }, true), TYPING);
        }}
      />
    </label>
  );
}
