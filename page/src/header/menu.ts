import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** A part that a button opens, and that Escape or a click elsewhere closes. */
export function useMenu() {
  const isOpen = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen.value) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      isOpen.value = false;
      root.current?.querySelector("button")?.focus();
    };
    const onPointer = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) isOpen.value = false;
    };
    addEventListener("keydown", onKey);
    addEventListener("pointerdown", onPointer);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("pointerdown", onPointer);
    };
  }, [isOpen.value]);
  return { isOpen, root, toggle: () => (isOpen.value = !isOpen.value) };
}
