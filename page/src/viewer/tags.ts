/** The tags in a text in which commas separate them. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(",").map((each) => each.trim().toLowerCase()).filter(Boolean))];
}
