/** What the service answers, as far as the page uses it: the names are those of /docs/. */

export interface Receipt {
  mode: string;
  codec: string;
  lossless: boolean;
  score: number | null;
  lowest: number | null;
  uploaded_size: number;
  size: number;
  pages: number;
  dropped: string[];
}

export interface Variant {
  state: "pending" | "ready" | "failed";
  url: string | null;
  public_url: string | null;
  width: number | null;
  height: number | null;
}

export interface Image {
  id: number;
  name: string;
  original: string;
  small: string | null;
  medium: string | null;
  created_at: string;
  updated_at: string;
  sent_name: string | null;
  format: string;
  uploaded_format: string;
  width: number;
  height: number;
  frames: number;
  size: number;
  uploaded_size: number;
  sha256: string;
  thumbhash: string | null;
  compression: Receipt;
  variants: Record<string, Variant>;
  alt: string;
  tags: string[];
  public: boolean;
  public_url: string | null;
  expires_at: string | null;
}

export interface Details {
  name: string;
  alt: string;
  tags: string[];
  public: boolean;
}

export interface Page {
  count: number;
  next: string | null;
  previous: string | null;
  results: Image[];
}

export interface Amount {
  used: number;
  quota: number | null;
  left: number | null;
}

export interface Account {
  images: Amount;
  bytes: Amount;
}
