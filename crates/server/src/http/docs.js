// Shows /openapi.json as a page: every operation with its parameters, body and answers.
const page = document.getElementById("page");
const make = (tag, text, parent, cls) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (cls) node.className = cls;
  parent.append(node);
  return node;
};
const resolve = (api, schema) => {
  const name = schema?.$ref?.split("/").pop();
  return name ? api.components.schemas[name] : schema;
};
const table = (rows, parent) => {
  const body = make("table", undefined, parent);
  for (const cells of rows) {
    const row = make("tr", undefined, body);
    cells.forEach((cell, i) => make(i === 0 ? "th" : "td", cell, row));
  }
};
const operation = (api, path, method, op, parent) => {
  const box = make("details", undefined, parent);
  box.id = `${method}-${path}`.replaceAll(/[^a-z0-9]+/gi, "-");
  const head = make("summary", undefined, box);
  make("b", method.toUpperCase(), head, method);
  make("code", path, head);
  make("span", op.summary ?? op.description ?? "", head);
  if (op.parameters?.length) {
    make("h4", "Parameters", box);
    table(op.parameters.map((p) => [p.name, p.in, p.required ? "required" : "optional", p.description ?? ""]), box);
  }
  const body = resolve(api, op.requestBody?.content?.["application/json"]?.schema);
  if (body?.properties) {
    make("h4", "Body", box);
    const required = new Set(body.required ?? []);
    table(Object.entries(body.properties).map(([name, s]) => [name, String(s.type ?? "object"), required.has(name) ? "required" : "optional", s.description ?? ""]), box);
  }
  make("h4", "Answers", box);
  table(Object.entries(op.responses ?? {}).map(([status, r]) => [status, r.description ?? ""]), box);
};
const api = await (await fetch("/openapi.json")).json();
page.replaceChildren();
make("h1", `${api.info.title} API`, page);
make("p", api.info.description ?? "", page);
const groups = new Map();
for (const [path, item] of Object.entries(api.paths)) {
  for (const [method, op] of Object.entries(item)) {
    const tag = op.tags?.[0] ?? "other";
    groups.set(tag, [...(groups.get(tag) ?? []), [path, method, op]]);
  }
}
for (const [tag, operations] of [...groups].sort()) {
  make("h2", tag, page);
  for (const [path, method, op] of operations) operation(api, path, method, op, page);
}
