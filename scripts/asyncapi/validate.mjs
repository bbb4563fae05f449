// Reads AsyncAPI documents with the official parser, and fails on whatever it says of them.
//
// usage: validate.mjs FILE…
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

// Advice that a program cannot follow from a spec, or that is about another version: each with its reason.
const ADVICE = new Map([
  ["asyncapi-info-contact", "a spec names nobody"],
  ["asyncapi-info-license", "a spec has no licence"],
  ["asyncapi-info-description", "a spec has no text about the whole pipeline"],
  ["asyncapi-tags", "a spec has no topics"],
  ["asyncapi-latest-version", "3.0 is what tools read"],
  ["asyncapi-id", "a spec has no address of its own"],
]);

let failed = false;
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
  const found = diagnostics.filter((one) => !ADVICE.has(one.code));
  for (const { code, message, path } of found) console.error(`${file}: ${code}: ${message} (${path.join(".")})`);
  failed ||= !document || found.length > 0;
  const count = (collection) => collection.all().length;
  if (document) {
    const [channels, messages, operations] = ["channels", "messages", "operations"].map((of) => count(document[of]()));
    console.log(`${file}: ${channels} channels, ${messages} messages, ${operations} operations`);
  }
}
process.exit(failed ? 1 : 0);
