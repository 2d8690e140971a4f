import { clearFilters } from "../header/top";
import { filters } from "../state/place";
import { sentenceOf, text } from "../text/text";
import { AddButton } from "../uploads/receiving";
import { Grid } from "./grid";
import { count, failure, isLoading, reload } from "./listing";

/** The list of images; or what to do if there are none, or they cannot be loaded. */
export function Gallery() {
  const isEmpty = count.value === 0 && !isLoading.value;
  const isFiltered = Boolean(filters.value.replace(/(^|&)ordering=[^&]*/, ""));
  return (
    <main id="images" tabIndex={-1} aria-busy={isLoading.value}>
      {failure.value !== null && (
        <p class="problem" role="alert">
          {sentenceOf(failure.value)}{" "}
          <button type="button" class="quiet" onClick={reload}>{text.value.reload}</button>
        </p>
      )}
      {isEmpty && isFiltered && (
        <div class="empty">
          <h2>{text.value.noneFound}</h2>
          <button type="button" class="plain" onClick={clearFilters}>{text.value.clearFilters}</button>
        </div>
      )}
      {isEmpty && !isFiltered && (
        <div class="empty">
          <h2>{text.value.noImages}</h2>
          <p>{text.value.noImagesHint}</p>
          <AddButton />
        </div>
      )}
      {!isEmpty && <Grid />}
    </main>
  );
}
