import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Image } from "../api/objects";
import { Thumbhash, useCovered } from "../gallery/thumbhash";
import { text } from "../text/text";
import { uploadOf } from "../uploads/sent_files";

/** The image as large as the window permits: its placeholder, then a variant, then the original. */
export function Picture({ image }: { image: Image }) {
  const [isLoaded, setLoaded] = useState(false);
  const isCovered = useCovered(isLoaded);
  const compared = useSignal(false);
  const upload = useUrlOf(uploadOf(image));
  const [canShow, setCanShow] = useState(true);
  const near = image.medium ?? image.small;
  return (
    <>
      <div class="picture" style={{ aspectRatio: `${image.width} / ${image.height}`, "--ratio": `${image.width / image.height}`, "--width": `${image.width}px` }}>
        {!isCovered && <Thumbhash hash={image.thumbhash} />}
        {near && !isLoaded && <img src={near} alt="" />}
        <img src={image.original} alt={image.alt || image.name} class={isLoaded ? "loaded" : ""} onLoad={() => setLoaded(true)} />
        {upload && canShow && compared.value && <Comparison upload={upload} onFailure={() => setCanShow(false)} />}
      </div>
      {upload && canShow && (
        <button type="button" class="plain compare" aria-pressed={compared.value} onClick={() => (compared.value = !compared.value)}>
          {text.value.compare}
        </button>
      )}
    </>
  );
}

/** The upload over the stored image, as far as a slider says. `onFailure`: the browser cannot show the upload. */
function Comparison({ upload, onFailure }: { upload: string; onFailure: () => void }) {
  const [share, setShare] = useState(50);
  return (
    <>
      <img class="upload loaded" src={upload} alt="" style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }} onError={onFailure} />
      <span class="edge" style={{ left: `${share}%` }} aria-hidden="true" />
      <input
        type="range"
        min={0}
        max={100}
        step={0.5}
        value={share}
        aria-label={text.value.compareAt}
        onInput={(event) => setShare(event.currentTarget.valueAsNumber)}
      />
    </>
  );
}

function useUrlOf(file: File | null): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!file) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
