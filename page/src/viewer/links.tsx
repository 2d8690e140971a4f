import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Image } from "../api/objects";
import { text } from "../text/text";
import { forms } from "./link_forms";

/** Links to an image, ready to be pasted elsewhere. */
export function Links({ image }: { image: Image }) {
  const which = useSignal("");
  const copied = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const t = text.value;
  const variant = image.variants[which.value];
  const shown = variant ?? { url: image.original, public_url: image.public_url, width: image.width, height: image.height };
  const url = (image.public ? shown.public_url : null) ?? shown.url ?? image.original;
  const offered = forms({ url, alt: image.alt || image.name, width: shown.width, height: shown.height });
  const labels = { url: t.copyUrl, markdown: t.copyMarkdown, html: t.copyHtml, bbcode: t.copyBbcode };
  const copy = async (written: string, label: string) => {
    if (field.current) field.current.value = written;
    copied.value = (await toClipboard(written, field.current)) ? `${t.copied}: ${label}` : t.notCopied;
  };
  return (
    <section class="links">
      <h2>{t.share}</h2>
      <div class="row">
        <select aria-label={t.which} value={which.value} onChange={(event) => (which.value = event.currentTarget.value)}>
          <option value="">{t.original}</option>
          {Object.entries(image.variants).map(([name, each]) => each.url && <option key={name} value={name}>{name}</option>)}
        </select>
        {Object.entries(labels).map(([form, label]) => (
          <button key={form} type="button" class="plain" onClick={() => void copy(offered[form as keyof typeof labels], label)}>
            {label}
          </button>
        ))}
      </div>
      <input ref={field} class="link" readOnly aria-label={t.copyUrl} value={url} onFocus={(event) => event.currentTarget.select()} />
      <p class="hint">{image.public ? t.linkLasts : t.linkEnds}</p>
      <p class="hint" role="status">{copied}</p>
    </section>
  );
}

/** Browsers have a clipboard in secure contexts only; without TLS the text in `field` is copied as by the keyboard. */
async function toClipboard(written: string, field: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(written);
    return true;
  } catch {
    field?.focus();
    field?.select();
    return document.execCommand("copy");
  }
}
