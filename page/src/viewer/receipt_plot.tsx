import type { Receipt } from "../api/objects";
import { bytes, decimal } from "../text/formats";
import { text } from "../text/text";

const WIDTH = 280;
const FIRST_SCORE = 50; // what is stored never scores less

/** What compression did, as two bars for the sizes and two marks for the scores. */
export function ReceiptPlot({ receipt }: { receipt: Receipt }) {
  const t = text.value;
  const { uploaded_size: before, size: after, score, lowest } = receipt;
  const largest = Math.max(before, after, 1);
  const saved = before - after;
  const said = saved > 0 ? t.savedBytes(saved, saved / Math.max(1, before)) : saved < 0 ? t.larger(-saved) : t.asUploaded;
  return (
    <section class="receipt">
      <h2>{t.receipt}</h2>
      <p class="result">{said}</p>
      <svg viewBox={`0 0 ${WIDTH} 62`} role="img" aria-label={`${t.before}: ${bytes(before)}. ${t.after}: ${bytes(after)}.`}>
        <Bar y={0} share={before / largest} label={t.before} value={bytes(before)} kind="before" />
        <Bar y={33} share={after / largest} label={t.after} value={bytes(after)} kind="after" />
      </svg>
      {score === null ? (
        receipt.lossless && <p class="hint">{t.everyPixel}</p>
      ) : (
        <>
          <svg viewBox={`0 0 ${WIDTH} 58`} role="img" aria-label={`${t.score}: ${decimal(score)}.${lowest === null ? "" : ` ${t.lowest}: ${decimal(lowest)}.`}`}>
            <rect class="track" x="0" y="27" width={WIDTH} height="4" rx="2" />
            <rect class="good" x={place(85)} y="27" width={WIDTH - place(85)} height="4" rx="2" />
            <Mark score={score} label={t.score} above />
            {lowest !== null && <Mark score={lowest} label={t.lowest} above={false} />}
          </svg>
          <p class="hint">{t.scale}</p>
        </>
      )}
      <p class="hint">
        {t.codec(receipt.codec)}
        {receipt.dropped.length > 0 && `. ${t.dropped(receipt.dropped.join(", "))}`}
      </p>
    </section>
  );
}

function Bar({ y, share, label, value, kind }: { y: number; share: number; label: string; value: string; kind: string }) {
  return (
    <g>
      <text x="0" y={y + 11}>{label}</text>
      <text x={WIDTH} y={y + 11} text-anchor="end">{value}</text>
      <rect class="track" x="0" y={y + 17} width={WIDTH} height="8" rx="4" />
      <rect class={kind} x="0" y={y + 17} width={Math.max(3, share * WIDTH)} height="8" rx="4" />
    </g>
  );
}

function Mark({ score, label, above }: { score: number; label: string; above: boolean }) {
  const x = place(score);
  const anchor = x > WIDTH / 2 ? "end" : "start";
  return (
    <g>
      <circle class={above ? "mark" : "mark lowest"} cx={Math.min(WIDTH - 5, Math.max(5, x))} cy="29" r="5" />
      <text x={Math.min(WIDTH, x + 5)} y={above ? 15 : 52} text-anchor={anchor}>{`${label} ${decimal(score)}`}</text>
    </g>
  );
}

function place(score: number): number {
  return (Math.max(0, Math.min(100, score) - FIRST_SCORE) / (100 - FIRST_SCORE)) * WIDTH;
}
