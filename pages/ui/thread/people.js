// The faces of a thread's members: those who are here now have a ring. store.js and follow.js come before
// this file.

const MOST_PEOPLE = 10;

function describe({ name, role, is_here: isHere, has_tapped_out: hasTappedOut }) {
  return `${name}, ${role}${isHere ? ", here now" : ""}${hasTappedOut ? ", tapped out" : ""}`;
}

function makeFace() {
  const face = document.createElement("span");
  face.setAttribute("role", "listitem");
  face.append(document.createElement("img"));
  return face;
}

function drawFace(face, person) {
  face.className = `burn-face${person.is_here ? " burn-here" : ""}${person.has_tapped_out ? " burn-out" : ""}`;
  const image = face.firstElementChild;
  if (image.src !== person.avatar) image.src = person.avatar;
  image.alt = image.title = describe(person);
}

export default function (component) {
  const { data, parentElement } = component;
  const [list, rest] = parentElement.querySelector(".burn-faces").children;
  const faces = new Map();
  return followRows(component, ["people"], () => {
    const members = byOrder(store.rows(data.thread, "people"));
    const people = members.filter((it) => !it.is_agent);
    const shown = [...people.slice(0, MOST_PEOPLE), ...members.filter((it) => it.is_agent)];
    list.replaceChildren(...shown.map((person) => {
      const face = faces.get(person.name) ?? makeFace();
      faces.set(person.name, face);
      drawFace(face, person);
      return face;
    }));
    const more = people.length - MOST_PEOPLE;
    const here = people.filter((it) => it.is_here).length;
    rest.textContent = more > 0 ? `and ${more} more, ${here} here now` : "";
  });
}
