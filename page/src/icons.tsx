import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="drawn" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const Plus = () => <Icon><path d="M12 5v14M5 12h14" /></Icon>;
export const Cross = () => <Icon><path d="M6 6l12 12M18 6L6 18" /></Icon>;
export const Left = () => <Icon><path d="M15 5l-7 7 7 7" /></Icon>;
export const Right = () => <Icon><path d="M9 5l7 7-7 7" /></Icon>;
export const Up = () => <Icon><path d="M5 15l7-7 7 7" /></Icon>;
export const Down = () => <Icon><path d="M5 9l7 7 7-7" /></Icon>;
export const Check = () => <Icon><path d="M5 12.5l4.5 4.5L19 7.5" /></Icon>;
export const Search = () => <Icon><circle cx="11" cy="11" r="6" /><path d="M20 20l-4.5-4.5" /></Icon>;
export const Sliders = () => <Icon><path d="M4 7h9M17 7h3M4 17h3M11 17h9" /><circle cx="15" cy="7" r="2" /><circle cx="9" cy="17" r="2" /></Icon>;
export const Person = () => <Icon><circle cx="12" cy="8.5" r="3.5" /><path d="M5 20c.8-4 3.5-6 7-6s6.200 2 7 6" /></Icon>;
export const Globe = () => <Icon><circle cx="12" cy="12" r="8" /><path d="M4 12h16M12 4c3 3 3 13 0 16M12 4c-3 3-3 13 0 16" /></Icon>;
export const Bin = () => <Icon><path d="M5 7h14M10 7V5h4v2M7 7l1 13h8l1-13" /></Icon>;
export const Label = () => <Icon><path d="M4 5h7l9 9-6.500 6.500L4 11z" /><circle cx="8" cy="9" r="1" /></Icon>;
