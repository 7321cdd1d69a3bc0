// Builds what browsers load, from frontend/src into src/ligne/site/static/built (never committed):
//   <name>.js   one bundle per folder src/<name>/index.ts
//   app.css     the house's style sheet with its fonts
//   icons.svg   a sprite of the icons that templates and Python name, and of nothing else
// It builds in a folder beside and puts each file in place by a rename: a running centre never misses one.
import { build, context } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const CODE = join(HERE, "..", "src", "ligne");
const OUT = join(CODE, "site", "static", "built");
const ICONS = join(HERE, "node_modules", "@tabler", "icons", "icons", "outline");
const watch = process.argv.includes("--watch");
const MADE = watch ? OUT : join(dirname(OUT), `.built-${process.pid}`);

/** Every file under `folder` whose name ends in one of `endings`. */
function filesUnder(folder, endings) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return ["built", "node_modules", "__pycache__"].includes(entry.name) ? [] : filesUnder(path, endings);
    }
    return endings.includes(extname(path)) ? [path] : [];
  });
}

/** Icon names in use, each with the first file that names it. */
function iconsInUse() {
  const used = new Map(JSON.parse(readFileSync(join(HERE, "icons.json"), "utf8")).map((n) => [n, "frontend/icons.json"]));
  const patterns = {
    ".html": [/\{%\s*icon\s+["']([a-z0-9-]+)["']/g, /\bicon=["']([a-z0-9-]+)["']/g],
    ".py": [/\bicon(?::\s*str)?\s*=\s*["']([a-z0-9-]+)["']/g],
    ".ts": [/\bicon\(["']([a-z0-9-]+)["']/g],
  };
  for (const path of [...filesUnder(CODE, [".html", ".py"]), ...filesUnder(join(HERE, "src"), [".ts"])]) {
    const text = readFileSync(path, "utf8");
    for (const pattern of patterns[extname(path)]) {
      for (const [, name] of text.matchAll(pattern)) used.has(name) || used.set(name, relative(join(HERE, ".."), path));
    }
  }
  return used;
}

/** The sprite's text. Throws naming every icon that Tabler does not have, with the file that asks for it. */
function sprite() {
  const unknown = [];
  const symbols = [...iconsInUse()].sort().map(([name, where]) => {
    const path = join(ICONS, `${name}.svg`);
    if (!existsSync(path)) {
      unknown.push(`${name} (${where})`);
      return "";
    }
    const shapes = readFileSync(path, "utf8")
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none"[^>]*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });
  if (unknown.length) throw new Error(`unknown icons: ${unknown.join(", ")}`);
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}

const names = readdirSync(join(HERE, "src")).filter((name) => existsSync(join(HERE, "src", name, "index.ts")));
const options = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  sourcemap: watch,
  target: ["es2022", "chrome110", "firefox115", "safari16"],
  logLevel: "warning",
  outdir: MADE,
};
const scripts = { ...options, entryPoints: names.map((name) => ({ in: `src/${name}/index.ts`, out: name })), format: "iife" };
const styles = {
  ...options,
  entryPoints: [{ in: "src/app/styles/index.css", out: "app" }],
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]",
};

/** Paths of the files under `folder`, relative to it, without our own marks (`.stamp`). */
function listed(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).filter((n) => !n.startsWith(".") && statSync(join(folder, n)).isFile());
}

/** Put what was made in its place, then drop what is made no more. */
function putInPlace() {
  const made = listed(MADE);
  for (const name of made) {
    mkdirSync(dirname(join(OUT, name)), { recursive: true });
    renameSync(join(MADE, name), join(OUT, name));
  }
  for (const name of listed(OUT)) if (!made.includes(name)) rmSync(join(OUT, name));
}

try {
  mkdirSync(MADE, { recursive: true });
  writeFileSync(join(MADE, "icons.svg"), sprite());
  if (watch) {
    for (const each of [scripts, styles]) await (await context(each)).watch();
  } else {
    await Promise.all([build(scripts), build(styles)]);
    putInPlace();
    for (const name of readdirSync(OUT).filter((n) => /\.(js|css|svg)$/.test(n))) {
      console.log(`${name}  ${(statSync(join(OUT, name)).size / 1000).toFixed(1)} kB`);
    }
  }
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (!watch) rmSync(MADE, { recursive: true, force: true });
}
