import { memo } from "./memo";
import { useEffect, useState } from "preact/hooks";
import type { Image } from "../api/objects";
import { text } from "../text/text";
import { Check } from "../icons";
import { awaitVariantsOf, hasPending, renew } from "./fresh_images";
import { Thumbhash, useCovered } from "./thumbhash";

/** Milliseconds that a tile must stay before its file is requested: what flies past is not. */
const CALM = 100;

interface Props {
  image: Image | undefined;
  index: number;
  count: number;
  x: number;
  y: number;
  side: number;
  /** Whether it is in view, and not only near. */
  isSeen: boolean;
  isSelected: boolean;
  isCurrent: boolean;
}

/** One image of the gallery. Its events are handled by the gallery. */
export const Tile = memo(({ image, index, count, x, y, side, isSeen, isSelected, isCurrent }: Props) => (
  <div
    role="option"
    class="tile"
    id={`tile-${index}`}
    data-index={index}
    tabIndex={isCurrent ? 0 : -1}
    aria-selected={isSelected}
    aria-posinset={index + 1}
    aria-setsize={count}
    aria-label={image ? image.alt || image.name : text.value.position(index + 1)}
    style={{ transform: `translate(${x}px, ${y}px)`, width: `${side}px`, height: `${side}px` }}
  >
    {image && <Picture key={image.sha256} image={image} side={side} isSeen={isSeen} />}
    {image && (
      <span class="check" aria-hidden="true">
        <Check />
      </span>
    )}
  </div>
));

/** The placeholder, then `small` when the tile is near; when it is seen, the browser may take `medium`, as the screen needs. */
function Picture({ image, side, isSeen }: { image: Image; side: number; isSeen: boolean }) {
  const [isDue, setDue] = useState(false);
  const [isLoaded, setLoaded] = useState(false);
  const isCovered = useCovered(isLoaded);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), CALM);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    if (isDue && !image.small && hasPending(image)) awaitVariantsOf(image);
  }, [isDue, image]);
  const sources = isDue ? sourcesOf(image) : [];
  const [nearest] = sources;
  const shown = side * Math.max(1, image.width / image.height);
  return (
    <>
      {!isCovered && <Thumbhash hash={image.thumbhash} />}
      {nearest && (
        <img
          class={isLoaded ? "loaded" : ""}
          alt=""
          decoding="async"
          draggable={false}
          {...(isSeen && sources.length > 1
            ? { sizes: `${Math.ceil(shown)}px`, srcset: sources.map(({ url, width }) => `${url} ${width}w`).join(", ") }
            : {})}
          src={nearest.url}
          onLoad={() => setLoaded(true)}
          onError={() => void renew(image.id)}
        />
      )}
    </>
  );
}

interface Source {
  url: string;
  width: number;
}

/** The variants that are made, smallest first; the original where there are none and none will be. */
function sourcesOf(image: Image): Source[] {
  const found: Source[] = [];
  for (const each of Object.values(image.variants)) {
    const isWhole = each.width && each.height && Math.abs(each.width / each.height - image.width / image.height) < 0.1;
    if (each.url && each.width && isWhole) found.push({ url: each.url, width: each.width });
  }
  if (!found.length && !hasPending(image)) found.push({ url: image.original, width: image.width });
  return found.sort((a, b) => a.width - b.width);
}
