// Dragging in a list: a piece is moved before or after the one under the pointer, whichever half it is in.

import { $$ } from "./dom.js";

let dragged;

function unmark() {
  for (const piece of $$(".is-before, .is-after")) piece.classList.remove("is-before", "is-after");
}

// `pieceOf` finds the piece around an element, `isBefore` says which half of it the pointer is in.
export function allowDragging({ pieceOf, isBefore, move, effects }) {
  const side = (e, piece) => isBefore(e, piece.getBoundingClientRect()) ? "before" : "after";
  document.addEventListener("dragstart", (e) => {
    dragged = pieceOf(e.target);
    if (dragged) e.dataTransfer.effectAllowed = effects;
  });
  document.addEventListener("dragover", (e) => {
    const piece = dragged && pieceOf(e.target);
    unmark();
    if (!piece || piece === dragged) return;
    e.preventDefault();
    e.dataTransfer.dropEffect = "move";
    piece.classList.add(`is-${side(e, piece)}`);
  });
  document.addEventListener("drop", (e) => {
    const piece = dragged && pieceOf(e.target);
    if (!piece || piece === dragged) return;
    e.preventDefault();
    move(dragged, side(e, piece), piece);
  });
  document.addEventListener("dragend", () => {
    unmark();
    dragged = undefined;
  });
}
