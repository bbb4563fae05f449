// Tests the packed extension: what the file holds, and that the bundle starts a real server. CODEGEN is the program.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const require = createRequire(import.meta.url);
const { EventEmitter, Uri, makeVscode } = require("./stub.cjs");
const dist = join(import.meta.dirname, "..", "dist");

/** The names of the files of a zip, from its central directory. */
function namesOfZip(file) {
  const bytes = readFileSync(file);
  const names = [];
  for (let at = bytes.indexOf("PK\u0001\u0002"); at >= 0; at = bytes.indexOf("PK\u0001\u0002", at + 46)) {
    const length = bytes.readUInt16LE(at + 28);
    names.push(bytes.toString("utf8", at + 46, at + 46 + length));
  }
  return names.sort();
}

test("the package holds the bundle and its licences, and nothing else", () => {
  assert.deepEqual(namesOfZip(join(dist, "eventbridge-codegen.vsix")), [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE-APACHE",
    "extension/LICENSE-MIT",
    "extension/LICENSE.txt",
    "extension/changelog.md",
    "extension/dist/LICENCES.txt",
    "extension/dist/extension.js",
    "extension/package.json",
    "extension/readme.md",
  ]);
  const licences = readFileSync(join(dist, "LICENCES.txt"), "utf8");
  assert.match(licences, /vscode-languageclient 9\.0\.1\n\nCopyright \(c\) Microsoft Corporation/);
});

/** Loads the bundle with a stub of VS Code. */
function load(path, text) {
  const folder = mkdtempSync(join(tmpdir(), "vscode-"));
  const file = join(folder, "pipeline.yaml");
  writeFileSync(file, text);
  const document = {
    uri: Uri.file(file), fileName: file, languageId: "yaml", version: 1, isDirty: false, isClosed: false,
    lineCount: text.split("\n").length, getText: () => text,
  };
  const published = new EventEmitter();
  const seen = { messages: [], executed: [], published };
  const settings = { path };
  const made = makeVscode({ settings, folder, documents: [document], ...seen });
  const bundle = join(dist, "extension.js");
  delete require.cache[require.resolve(bundle)];
  const loadModule = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? made.vscode : loadModule(name, ...rest));
  let extension;
  try {
    extension = require(bundle);
  } finally {
    Module._load = loadModule;
  }
  const context = { subscriptions: [] };
  const end = async () => {
    await extension.deactivate();
    context.subscriptions.forEach((one) => one.dispose());
    rmSync(folder, { recursive: true });
  };
  return { ...made, ...seen, settings, extension, context, document, end };
}

const MISTAKE = "pipeline: p\nsource: s\njob: {}\n";

/** The next findings that the server publishes. */
function findings(loaded) {
  return new Promise((resolve) => {
    const listening = loaded.published.event(({ found }) => {
      listening.dispose();
      resolve(found);
    });
  });
}

test("the bundle starts the server, which finds the mistakes of an open spec", { timeout: 60_000 }, async () => {
  const loaded = load(process.env.CODEGEN, MISTAKE);
  const published = findings(loaded);
  await loaded.extension.activate(loaded.context);
  assert.deepEqual(loaded.messages, []);
  assert.ok(loaded.extension.isRunning());
  const [found] = await published;
  assert.match(found.message, /^unknown key `job` in the spec/);
  assert.equal(found.range.start.line, 2);

  const again = findings(loaded);
  await loaded.vscode.commands.executeCommand("eventbridge-codegen.restart");
  assert.ok(loaded.extension.isRunning());
  assert.equal((await again).length, 1);

  await loaded.end();
  assert.ok(!loaded.extension.isRunning());
});

test("a program that is not there is said, with what to do", { timeout: 60_000 }, async () => {
  for (const path of ["no-such-program", "./no-such-program", "/no/such/program"]) {
    const loaded = load(path, MISTAKE);
    await loaded.extension.activate(loaded.context);
    assert.ok(!loaded.extension.isRunning());
    assert.equal(loaded.messages.length, 1);
    assert.ok(loaded.messages[0].includes(`\`${path}\` was not found`), loaded.messages[0]);
    assert.ok(loaded.messages[0].includes("`eventbridge-codegen.path`"));

    // The right path is taken at once.
    loaded.settings.path = process.env.CODEGEN;
    const published = findings(loaded);
    loaded.settingsChange.fire({ affectsConfiguration: () => true });
    assert.equal((await published).length, 1);
    await loaded.end();
  }
});

test("a program that is no language server is said, with what to do", { timeout: 60_000 }, async () => {
  // `node lsp` ends at once: there is no such file.
  const loaded = load(process.execPath, MISTAKE);
  await loaded.extension.activate(loaded.context);
  assert.ok(!loaded.extension.isRunning());
  assert.equal(loaded.messages.length, 1);
  assert.ok(loaded.messages[0].includes(" lsp` could not be started: "), loaded.messages[0]);
  await loaded.end();
});
