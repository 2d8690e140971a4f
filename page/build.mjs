// Bundles the page into src/entrypoints/http/page, which is committed: nothing is built when Calotype is installed or runs.
// With the argument --check, nothing is written, and the exit status says whether what is committed is up to date.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "../src/entrypoints/http/page");

const bundled = await build({
  entryPoints: { page: join(here, "src/main.tsx") },
  outdir: join(here, "out"),
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: ["chrome120", "firefox121", "safari17"],
  minify: true,
  legalComments: "none",
  metafile: true,
  write: false,
});

const files = new Map();
const named = (stem, extension, text) => {
  // A name is never used for other bytes, so browsers may keep the file for ever.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  files.set(`${stem}-${digest}.${extension}`, text);
  return `${stem}-${digest}.${extension}`;
};
const output = (extension) => bundled.outputFiles.find(({ path }) => path.endsWith(extension)).text;
const names = {
  ICON: named("icon", "svg", readFileSync(join(here, "icon.svg"), "utf8")),
  STYLE: named("page", "css", output(".css")),
  SCRIPT: named("page", "js", output(".js")),
};
const html = readFileSync(join(here, "index.html"), "utf8");
files.set("index.html", html.replace(/ICON|STYLE|SCRIPT/g, (name) => names[name]));
files.set("LICENSES.txt", licences(Object.keys(bundled.metafile.inputs)));

/** The licences of the packages of which anything is in the bundle. */
function licences(inputs) {
  const packages = new Set(inputs.map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean));
  const parts = [...packages].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each)) ?? null;
    const text = file === null ? readFileSync(join(here, "licences", `${name}.txt`), "utf8") : readFileSync(join(folder, file), "utf8");
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return `The page contains the work of others, under these licences.\n\n\n${parts.join("\n\n")}`;
}

const present = existsSync(target) ? readdirSync(target) : [];
if (process.argv.includes("--check")) {
  const same = present.length === files.size && [...files].every(([name, text]) => present.includes(name) && readFileSync(join(target, name), "utf8") === text);
  if (!same) {
    console.error("src/entrypoints/http/page is not what 'make page' builds from page/");
    process.exit(1);
  }
} else {
  mkdirSync(target, { recursive: true });
  for (const name of present) rmSync(join(target, name));
  for (const [name, text] of files) writeFileSync(join(target, name), text);
  for (const [name, text] of files) console.log(name, text.length);
}
