// The end of a log matters most: what an attempt prints now, or why it has failed.
export function showEnds(element) {
  for (const log of element.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;
}

showEnds(document);
