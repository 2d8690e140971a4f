import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { changeDetails } from "../api/service";
import { update } from "../gallery/listing";
import { clear, selected } from "../gallery/selection";
import { Bin, Cross, Label } from "../icons";
import { say } from "../removing/notices";
import { removeAll } from "../removing/removal";
import { openId } from "../state/place";
import { sentenceOf, text } from "../text/text";
import { tagsIn } from "../viewer/tags";

/** What can be done with the selected images. */
export function SelectionBar() {
  const isTagging = useSignal(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !openId.value) clear();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <div class="bar selection" role="toolbar" aria-label={text.value.selected(selected.value.size)}>
      <button type="button" class="plain" aria-label={text.value.selectNone} onClick={clear}>
        <Cross />
      </button>
      <h1 aria-live="polite">{text.value.selected(selected.value.size)}</h1>
      {isTagging.value && <TagForm done={() => (isTagging.value = false)} />}
      {!isTagging.value && (
        <button type="button" class="plain" onClick={() => (isTagging.value = true)}>
          <Label />
          <span>{text.value.addTags}</span>
        </button>
      )}
      <button type="button" class="plain danger" onClick={() => removeAll([...selected.value.values()])}>
        <Bin />
        <span>{text.value.remove}</span>
      </button>
    </div>
  );
}

function TagForm({ done }: { done: () => void }) {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const added = tagsIn(String(new FormData(event.currentTarget as HTMLFormElement).get("tags")));
    const images = [...selected.value.values()];
    done();
    let tagged = 0;
    try {
      for (const image of added.length ? images : []) {
        update(await changeDetails(image.id, { tags: [...new Set([...image.tags, ...added])] }));
        tagged += 1;
      }
      clear();
      say(text.value.tagged(tagged));
    } catch (error) {
      say(`${text.value.tagged(tagged)}. ${sentenceOf(error)}`);
    }
  };
  return (
    <form class="tagging" onSubmit={(event) => void submit(event)}>
      <input name="tags" aria-label={text.value.addTags} placeholder={text.value.tagsHint} ref={(input) => input?.focus()} required />
      <button type="submit" class="primary">{text.value.apply}</button>
    </form>
  );
}
