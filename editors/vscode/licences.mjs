// Writes the licences of what the bundle holds beside it. usage: licences.mjs META OUT

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [meta, out] = process.argv.slice(2);
const inputs = Object.keys(JSON.parse(readFileSync(meta, "utf8")).inputs);
const packages = new Set();
for (const input of inputs) {
  // The last one: a package may have packages of its own below it.
  const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found) packages.add(found[1]);
}
const texts = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (file === undefined && license === undefined) throw new Error(`${folder} has no licence`);
  const text = file === undefined ? license : readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${version}\n\n${text}\n`;
});
writeFileSync(out, texts.join(`\n${"-".repeat(80)}\n\n`));
