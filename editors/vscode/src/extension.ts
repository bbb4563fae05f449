// Starts `codegen lsp` for the specs of a workspace, and shows what it says.

import * as vscode from "vscode";
import { LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";

import { findProgram, placesHere, refusal } from "./program";

const SECTION = "eventbridge-codegen";
const NAME = "EventBridge pipelines";

let client: LanguageClient | undefined;
/** Starts and stops come one after the other. */
let turn: Promise<void> = Promise.resolve();

export function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand(`${SECTION}.restart`, () => inTurn(restart)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SECTION)) {
        void inTurn(restart);
      }
    }),
  );
  return inTurn(start);
}

export function deactivate(): Promise<void> {
  return inTurn(stop);
}

/** Whether a language server runs. */
export function isRunning(): boolean {
  return client?.state === State.Running;
}

function inTurn(act: () => Promise<void>): Promise<void> {
  turn = turn.then(act, act);
  return turn;
}

async function restart(): Promise<void> {
  await stop();
  await start();
}

async function stop(): Promise<void> {
  const stopping = client;
  client = undefined;
  // One that did not start cannot be stopped.
  if (stopping?.state === State.Running) {
    await stopping.dispose();
  }
}

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const setting = settings.get<string>("path", "codegen");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const command = findProgram(setting, placesHere(folder));
  if (command === undefined) {
    void sayNotFound(setting);
    return;
  }
  // The client says of a server that ends at once only that it has ended.
  const why = await refusal(command);
  if (why !== undefined) {
    void sayFailed(command, why);
    return;
  }
  const patterns = settings.get<string[]>("files", ["**/pipeline.yaml"]);
  // Without a transport the client speaks on standard input and output, and adds no argument that says so.
  const run = {
    command,
    args: ["lsp"],
    ...(folder === undefined ? {} : { options: { cwd: folder } }),
  };
  const started = new LanguageClient(
    SECTION,
    NAME,
    { run, debug: run },
    {
      documentSelector: patterns.map((pattern) => ({ scheme: "file", pattern })),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
    },
  );
  client = started;
  try {
    await started.start();
  } catch (error) {
    void sayFailed(command, error instanceof Error ? error.message : String(error));
  }
}

async function sayNotFound(setting: string): Promise<void> {
  const message =
    `The program \`${setting}\` was not found, so nothing is said about pipeline.yaml. ` +
    `Install it with \`cargo install --path codegen\`, or say where it is in the setting \`${SECTION}.path\`.`;
  await offerSettings(message);
}

async function sayFailed(command: string, why: string): Promise<void> {
  const message =
    `\`${command} lsp\` could not be started: ${why}. ` +
    `An older codegen has no \`lsp\`: install a newer one, or name it in the setting \`${SECTION}.path\`.`;
  await offerSettings(message);
}

async function offerSettings(message: string): Promise<void> {
  const open = "Open settings";
  const chosen = await vscode.window.showErrorMessage(message, open);
  if (chosen === open) {
    await vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.path`);
  }
}
