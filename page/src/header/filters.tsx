import type { ComponentChildren } from "preact";
import { LARGEST, SMALLEST, target } from "../gallery/tile_size";
import { type Filter, filterOf, go } from "../state/place";
import { text } from "../text/text";

const FORMATS = { jpeg: "JPEG", png: "PNG", gif: "GIF", webp: "WebP", avif: "AVIF", jp2: "JPEG 2000", jxl: "JPEG XL" };
const MEGABYTE = 1_000_000;

/** The filters and the order of the list. Each takes effect when it is changed. */
export function Filters() {
  const t = text.value;
  const orders = {
    "": t.newest, created_at: t.oldest, name: t.byName, "-name": t.byNameBack, "-size": t.largest, size: t.smallest,
  };
  return (
    <form id="filters" class="filters" aria-label={t.filters} onSubmit={(event) => event.preventDefault()}>
      <Choice name="ordering" label={t.order} options={orders} />
      <Choice name="type" label={t.format} options={{ "": t.any, ...FORMATS }} />
      <Choice name="public" label={t.visibility} options={{ "": t.any, true: t.onlyPublic, false: t.onlyPrivate }} />
      <Field name="tag" label={t.tag} type="text" />
      <Field name="created_after" label={t.storedFrom} type="date" />
      <Field name="created_before" label={t.storedBefore} type="date" />
      <Field name="min_width" label={t.minWidth} type="number" />
      <Field name="min_height" label={t.minHeight} type="number" />
      <Field name="min_size" label={t.minSize} type="number" unit={MEGABYTE} />
      <Field name="max_size" label={t.maxSize} type="number" unit={MEGABYTE} />
      <Labelled label={t.tiles}>
        <input type="range" min={SMALLEST} max={LARGEST} step={10} value={target.value} onInput={(event) => (target.value = event.currentTarget.valueAsNumber)} />
      </Labelled>
    </form>
  );
}

function Labelled({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <label>
      <span>{label}</span>
      {children}
    </label>
  );
}

function Choice({ name, label, options }: { name: Filter; label: string; options: Record<string, string> }) {
  return (
    <Labelled label={label}>
      <select name={name} value={filterOf(name)} onChange={(event) => go({ [name]: event.currentTarget.value })}>
        {Object.entries(options).map(([value, shown]) => (
          <option key={value} value={value} selected={value === filterOf(name)}>{shown}</option>
        ))}
      </select>
    </Labelled>
  );
}

/** `unit`: what one of the numbers stands for in the list's parameter. */
function Field({ name, label, type, unit = 1 }: { name: Filter; label: string; type: "text" | "date" | "number"; unit?: number }) {
  const stated = filterOf(name);
  const isNumber = type === "number";
  const attributes = {
    name,
    value: isNumber && stated ? `${Number(stated) / unit}` : stated,
    onChange: (event: { currentTarget: HTMLInputElement }) => {
      const { value } = event.currentTarget;
      go({ [name]: isNumber && value ? `${Math.round(Number(value) * unit)}` : value.trim() });
    },
  };
  return (
    <Labelled label={label}>
      {type === "number" ? (
        <input type="number" min={0} step={unit > 1 ? "any" : 1} inputMode="decimal" {...attributes} />
      ) : type === "date" ? (
        <input type="date" {...attributes} />
      ) : (
        <input type="text" {...attributes} />
      )}
    </Labelled>
  );
}
