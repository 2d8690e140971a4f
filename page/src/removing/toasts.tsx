import { useEffect } from "preact/hooks";
import { text } from "../text/text";
import { notice } from "./notices";
import { GRACE, isHeld, removals, undo } from "./removal";

/** What was just done, and how to take it back. */
export function Toasts() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = (event.target as Element).closest("input, textarea, select");
      if (isTyping || !(event.ctrlKey || event.metaKey) || event.key !== "z" || !removals.value.length) return;
      event.preventDefault();
      undo();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const last = removals.value.at(-1);
  const number = last?.images.length ?? 0;
  return (
    <div class="toasts" role="status">
      {last && (
        <div
          class="toast"
          onPointerEnter={() => (isHeld.value = true)}
          onPointerLeave={() => (isHeld.value = false)}
          onFocusIn={() => (isHeld.value = true)}
          onFocusOut={() => (isHeld.value = false)}
        >
          <span>{text.value.removed(number)}</span>
          <button type="button" class="quiet" onClick={() => { isHeld.value = false; undo(); }}>
            {text.value.undo}
          </button>
          <progress max={GRACE} value={last.left} aria-hidden="true" />
        </div>
      )}
      {notice.value && <div class="toast">{notice.value}</div>}
    </div>
  );
}
