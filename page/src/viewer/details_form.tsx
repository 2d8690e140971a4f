import { useSignal } from "@preact/signals";
import type { Details, Image } from "../api/objects";
import { changeDetails } from "../api/service";
import { sentenceOf, text } from "../text/text";
import { tagsIn } from "./tags";

/** The details that the user can change. */
export function DetailsForm({ image, onChange }: { image: Image; onChange: (image: Image) => void }) {
  const said = useSignal("");
  const problem = useSignal("");
  const change = async (changes: Partial<Details>) => {
    said.value = problem.value = "";
    try {
      onChange(await changeDetails(image.id, changes));
      said.value = text.value.saved;
    } catch (error) {
      problem.value = sentenceOf(error);
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const given = (name: string) => String(fields.get(name) ?? "");
    const changes: Partial<Details> = {};
    const tags = tagsIn(given("tags"));
    if (given("name") !== image.name) changes.name = given("name");
    if (given("alt") !== image.alt) changes.alt = given("alt");
    if (`${tags.sort()}` !== `${image.tags}`) changes.tags = tags;
    void change(changes);
  };
  const t = text.value;
  return (
    <form class="details" onSubmit={submit} onInput={() => (said.value = "")}>
      <label>
        {t.name}
        <input name="name" defaultValue={image.name} key={image.name} required spellcheck={false} />
      </label>
      <label>
        {t.alt}
        <textarea name="alt" rows={2} maxLength={1000} defaultValue={image.alt} key={image.alt} />
      </label>
      <label>
        {t.tags}
        <input name="tags" defaultValue={image.tags.join(", ")} key={`${image.tags}`} placeholder={t.tagsHint} />
      </label>
      <label class="switch">
        <input type="checkbox" checked={image.public} onChange={(event) => void change({ public: event.currentTarget.checked })} />
        <span>
          {t.publicLabel} <small>{t.publicHint}</small>
        </span>
      </label>
      <p class="problem" role="alert">{problem}</p>
      <div class="actions">
        <button type="submit" class="primary">{t.save}</button>
        <span role="status">{said}</span>
      </div>
    </form>
  );
}
