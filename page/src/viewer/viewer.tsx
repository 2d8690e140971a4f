import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../api/objects";
import { showImage } from "../api/service";
import { current, focusCurrent } from "../gallery/grid";
import { count, imageAt, indexOf, update, version, want } from "../gallery/listing";
import { Cross, Left, Right } from "../icons";
import { removeAll } from "../removing/removal";
import { go, openId } from "../state/place";
import { sentenceOf, text } from "../text/text";
import { onStored } from "../uploads/queue";
import { Facts } from "./facts";
import { Picture } from "./picture";

/** One image large, with everything that can be said about it, over the gallery. */
export function Viewer() {
  const dialog = useRef<HTMLDialogElement>(null);
  const fetched = useSignal<Image | null>(null);
  const problem = useSignal("");
  const id = openId.value;
  void version.value; // the image may have changed where it is
  const index = useComputed(() => {
    void version.value;
    return openId.value === null ? -1 : indexOf(openId.value);
  });
  const at = index.value;
  const image = (at >= 0 ? imageAt(at) : null) ?? (fetched.value?.id === id ? fetched.value : null);

  useEffect(() => {
    if (id === null) return;
    problem.value = "";
    const control = new AbortController();
    // Also if the list has it: the links may have expired.
    showImage(id, control.signal).then(
      (found) => { fetched.value = found; update(found); },
      (error: unknown) => { if (!control.signal.aborted) problem.value = sentenceOf(error); },
    );
    return () => control.abort();
  }, [id]);
  useEffect(() => onStored((stored) => { if (stored.id === openId.peek()) fetched.value = stored; }), []);
  useEffect(() => {
    if (id !== null && !dialog.current?.open) dialog.current?.showModal();
    if (id === null && dialog.current?.open) {
      dialog.current.close();
      focusCurrent();
    }
  }, [id]);
  useEffect(() => {
    if (at < 0) return;
    current.value = at;
    want(at - 2, at + 2);
  }, [at]);

  const step = (by: number) => {
    const found = at < 0 ? undefined : imageAt(at + by);
    if (found) go({ image: `${found.id}` }, true);
  };
  const onKey = (event: KeyboardEvent) => {
    if ((event.target as Element).closest("input, textarea, select")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "Delete" && image) removeAll([image]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      class="viewer"
      aria-label={image?.name ?? text.value.gallery}
      onKeyDown={onKey}
      onCancel={(event) => { event.preventDefault(); go({ image: "" }); }}
    >
      {id !== null && (
        <>
          <div class="stage">
            {image && <Picture key={`${image.id} ${image.sha256}`} image={image} />}
            {!image && problem.value && <p class="problem">{problem}</p>}
            <button type="button" class="icon close" aria-label={text.value.close} onClick={() => go({ image: "" })}>
              <Cross />
            </button>
            <button type="button" class="icon previous" aria-label={text.value.previous} disabled={at <= 0} onClick={() => step(-1)}>
              <Left />
            </button>
            <button type="button" class="icon next" aria-label={text.value.next} disabled={at < 0 || at + 1 >= (count.value ?? 0)} onClick={() => step(1)}>
              <Right />
            </button>
          </div>
          {image && <Facts key={image.id} image={image} onChange={(changed) => { fetched.value = changed; update(changed); }} />}
        </>
      )}
    </dialog>
  );
}
