// Finding the program that the extension starts.

import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Where a program may be. */
export interface Places {
  /** The folder that relative paths begin at, if there is one. */
  readonly folder: string | undefined;
  /** The variable `PATH`. */
  readonly path: string;
  /** Endings that a program may have, without which it is not found on Windows. */
  readonly endings: readonly string[];
}

/**
 * Finds a program by the text of the setting.
 *
 * Returns its absolute path, or nothing if no program stands there.
 */
export function findProgram(setting: string, places: Places): string | undefined {
  const isPath = setting.includes("/") || setting.includes("\\");
  let folders: string[];
  if (isAbsolute(setting)) {
    folders = [""];
  } else if (isPath) {
    folders = places.folder === undefined ? [] : [places.folder];
  } else {
    // A program of the current folder would be somebody else's.
    folders = places.path.split(delimiter).filter((folder) => isAbsolute(folder));
  }
  for (const folder of folders) {
    for (const ending of places.endings) {
      const file = (folder === "" ? setting : join(folder, setting)) + ending;
      if (isProgram(file)) {
        return file;
      }
    }
  }
  return undefined;
}

/** Returns the places of this machine. */
export function placesHere(folder: string | undefined): Places {
  const endings = process.platform === "win32" ? [".exe", ""] : [""];
  return { folder, path: process.env["PATH"] ?? "", endings };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Asks a program about its language server. Returns why there is none; nothing if there is one. */
export function refusal(command: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, ["lsp", "--help"], { timeout: 10_000, windowsHide: true }, (error, _, said) => {
      if (error === null) {
        resolve(undefined);
        return;
      }
      const first = said.split("\n").find((line) => line.trim() !== "");
      resolve((first ?? error.message).trim().replace(/\.$/, ""));
    });
  });
}
