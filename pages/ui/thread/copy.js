// A button that copies a link and says so.

function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https or localhost, browsers have only the old way.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied ? Promise.resolve() : Promise.reject();
}

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const label = button.querySelector("span");
  if (!button.onclick) label.textContent = data.label;
  button.onclick = async () => {
    const link = new URL(data.address, location.origin).href;
    label.textContent = await copy(link).then(() => "Link copied", () => link);
    setTimeout(() => { label.textContent = data.label; }, 4000);
  };
}
