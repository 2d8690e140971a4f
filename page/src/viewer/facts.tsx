import { useRef } from "preact/hooks";
import type { Image } from "../api/objects";
import { Bin } from "../icons";
import { removeAll } from "../removing/removal";
import { bytes, count } from "../text/formats";
import { text } from "../text/text";
import { add } from "../uploads/queue";
import { DetailsForm } from "./details_form";
import { Links } from "./links";
import { ReceiptPlot } from "./receipt_plot";

/** What is known about an image, and what can be done with it. */
export function Facts({ image, onChange }: { image: Image; onChange: (image: Image) => void }) {
  const t = text.value;
  const rows: [string, string][] = [
    [t.pixels, `${count(image.width)} × ${count(image.height)}`],
    [t.format, image.format.toUpperCase()],
    [t.size, bytes(image.size)],
    [t.storedAt, t.moment(image.created_at)],
  ];
  if (image.frames > 1) rows.push([t.frames, count(image.frames)]);
  if (image.sent_name) rows.push([t.sentName, image.sent_name]);
  if (image.updated_at !== image.created_at) rows.push([t.changedAt, t.moment(image.updated_at)]);
  if (image.expires_at) rows.push([t.expiresAt, t.moment(image.expires_at)]);
  return (
    <aside class="facts" aria-label={t.facts} tabIndex={-1}>
      <h1>{image.name}</h1>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <ReceiptPlot receipt={image.compression} />
      <Links image={image} />
      <DetailsForm image={image} onChange={onChange} />
      <div class="actions">
        <a class="plain" href={image.original} target="_blank" rel="noopener">{t.open}</a>
        <ReplaceButton image={image} />
        <button type="button" class="plain danger" onClick={() => removeAll([image])}>
          <Bin />
          <span>{t.remove}</span>
        </button>
      </div>
    </aside>
  );
}

function ReplaceButton({ image }: { image: Image }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="plain" onClick={() => input.current?.click()}>{text.value.replace}</button>
      <input
        ref={input}
        type="file"
        hidden
        data-test="replacement"
        onChange={(event) => {
          add([...(event.currentTarget.files ?? [])].slice(0, 1), image.id);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
