// As much of VS Code as the extension and its client need: what is not said here is a class that does nothing.

"use strict";

const { pathToFileURL, fileURLToPath } = require("node:url");
const path = require("node:path");

class Uri {
  constructor(text) {
    this.text = text;
    this.scheme = text.slice(0, text.indexOf(":"));
    this.fsPath = this.scheme === "file" ? fileURLToPath(text) : text;
    this.path = this.fsPath;
  }
  static file(file) {
    return new Uri(pathToFileURL(file).href);
  }
  static parse(text) {
    return new Uri(text);
  }
  toString() {
    return this.text;
  }
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}

class Range {
  constructor(...parts) {
    const [start, end] = parts.length === 4
      ? [new Position(parts[0], parts[1]), new Position(parts[2], parts[3])]
      : parts;
    Object.assign(this, { start, end });
  }
}

class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

class EventEmitter {
  listeners = new Set();
  event = (listener, self) => {
    const bound = listener.bind(self);
    this.listeners.add(bound);
    return { dispose: () => this.listeners.delete(bound) };
  };
  fire(value) {
    for (const listener of this.listeners) listener(value);
  }
  dispose() {
    this.listeners.clear();
  }
}

class CancellationTokenSource {
  token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
  cancel() {}
  dispose() {}
}

class CodeActionKind {
  static Empty = new CodeActionKind("");
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value === "" ? part : `${this.value}.${part}`);
  }
}

class Disposable {
  constructor(dispose) {
    this.run = dispose;
  }
  dispose() {
    this.run?.();
  }
  static from(...all) {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
}

const nothing = () => ({ dispose() {} });

/** Answers every other name with `otherwise(name)`. */
function lenient(known, otherwise) {
  return new Proxy(known, {
    get: (target, name) => (name in target || typeof name === "symbol" ? target[name] : (target[name] = otherwise(name))),
  });
}

/** Makes the module `vscode` of a test. `settings` are those of the section, `documents` are open. */
function makeVscode({ settings, folder, documents, executed, messages, published }) {
  const collection = () => ({
    set: (uri, found) => published.fire({ uri, found }),
    delete() {}, clear() {}, dispose() {}, has: () => false, get: () => undefined, forEach() {},
  });
  const output = () => lenient({ appendLine() {}, append() {}, show() {}, dispose() {} }, () => () => {});
  const commands = new Map();
  const settingsChange = new EventEmitter();
  const vscode = {
    version: "1.82.0",
    Uri, Position, Range, Diagnostic, EventEmitter, CancellationTokenSource, CodeActionKind, Disposable,
    env: lenient({ language: "en", appName: "test" }, nothing),
    workspace: lenient({
      textDocuments: documents,
      notebookDocuments: [],
      workspaceFolders: [{ uri: Uri.file(folder), name: "test", index: 0 }],
      getConfiguration: () => ({ get: (key, otherwise) => settings[key] ?? otherwise }),
      getWorkspaceFolder: () => undefined,
      createFileSystemWatcher: () => lenient({ dispose() {} }, () => nothing),
      onDidChangeConfiguration: settingsChange.event,
    }, () => nothing),
    window: lenient({
      createOutputChannel: output,
      showErrorMessage: async (message) => void messages.push(message),
      visibleTextEditors: [],
      tabGroups: { all: [], onDidChangeTabs: nothing, onDidChangeTabGroups: nothing },
    }, () => nothing),
    languages: lenient({
      createDiagnosticCollection: collection,
      match: (selector, document) => {
        // Of globs only the default one is known.
        const one = (filter) => filter.scheme === document.uri.scheme && filter.pattern === "**/pipeline.yaml"
          && path.basename(document.uri.fsPath) === "pipeline.yaml";
        return [selector].flat().some(one) ? 10 : 0;
      },
    }, () => nothing),
    commands: {
      registerCommand: (name, run) => (commands.set(name, run), { dispose: () => commands.delete(name) }),
      executeCommand: async (name, ...rest) => (executed.push(name), commands.get(name)?.(...rest)),
    },
  };
  const otherwise = (name) => (/^[A-Z]/.test(name) ? class {} : nothing);
  return { vscode: lenient(vscode, otherwise), settingsChange };
}

module.exports = { makeVscode, Uri, EventEmitter };
