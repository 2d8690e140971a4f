import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { token } from "../state/session";
import { text } from "../text/text";
import { Plus } from "../icons";
import { filesIn } from "./dropped_files";
import { add } from "./queue";

const isOver = signal(false);

/** Take files that are dropped anywhere on the page, or pasted. */
export function useReceiving(): void {
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent) => {
      isOver.value = false;
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      void filesIn(event.dataTransfer).then(add);
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      add(files);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
      removeEventListener("paste", paste);
    };
  }, []);
}

export function DropTarget() {
  return isOver.value && token.value ? <div class="drop-target">{text.value.drop}</div> : null;
}

/** The button that chooses files. */
export function AddButton() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="primary add" onClick={() => input.current?.click()}>
        <Plus />
        <span>{text.value.add}</span>
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept="image/*,.heic,.heif,.jp2,.jxl,.avif"
        data-test="files"
        onChange={(event) => {
          const chosen = event.currentTarget;
          add([...(chosen.files ?? [])]);
          chosen.value = ""; // so that the same file can be chosen again
        }}
      />
    </>
  );
}
