// Loads modules of pages/ui as the browser gets them: the texts of the files, one after the other.
// In a file of its own, an error names its line.

const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { basename, join } = require("node:path");
const { pathToFileURL } = require("node:url");

const SOURCE = join(__dirname, "..", "..", "..", "pages", "ui");
const folder = mkdtempSync(join(tmpdir(), "burn-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

exports.load = (...files) => {
  const path = join(folder, `${files.map((file) => basename(file, ".js")).join("-")}.mjs`);
  writeFileSync(path, files.map((file) => readFileSync(join(SOURCE, file), "utf8")).join(""));
  return import(pathToFileURL(path));
};
