/**
 * The dictionary of labelling tools and of the ways to show data. Adding one is one line here; the paths are literals,
 * so that collectstatic gives them their hashed names.
 */

const TOOLS = {
  choices: () => import("./choice_tool.js"),
};

const SOURCES = {
  text: () => import("./text_source.js"),
  image: () => import("./image_source.js"),
};

export function loadTool(name) {
  return load(TOOLS, name, "tool");
}

export function loadSource(type) {
  return load(SOURCES, type, "source");
}

function load(modules, name, what) {
  if (!Object.hasOwn(modules, name)) return Promise.reject(new Error(`unknown ${what}: ${name}`));
  return modules[name]();
}
