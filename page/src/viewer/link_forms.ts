interface Linked {
  url: string;
  alt: string;
  width: number | null;
  height: number | null;
}

/** The link in the forms that other places understand. */
export function forms({ url, alt, width, height }: Linked): { url: string; markdown: string; html: string; bbcode: string } {
  const size = width && height ? ` width="${width}" height="${height}"` : "";
  return {
    url,
    markdown: `![${alt.replace(/[\\[\]]/g, "\\$&")}](<${url}>)`,
    html: `<img src="${inHtml(url)}" alt="${inHtml(alt)}"${size}>`,
    bbcode: `[img]${url}[/img]`,
  };
}

function inHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
